import { type DatasetName, makeDataset } from '../dataset/index.js';
import { MovableClock } from './clock.js';
import { FaultBook } from './faults/fault-book.js';
import { HeldAnswers } from './faults/held-answers.js';
import { History } from './history.js';
import { type Hospital, openHospital } from './hospital.js';
import { type ProfileName, usualProfile } from './profiles/index.js';

/** Everything that one running stand-in holds. */
export interface World {
  seed: number;
  dataset: DatasetName;
  startedAt: Date;
  clock: MovableClock;
  hospitals: Map<string, Hospital>;
  faults: FaultBook;
  held: HeldAnswers;
  history: History;
}

export interface WorldOptions {
  seed: number;
  now: Date;
  /** `small` without it. */
  dataset?: DatasetName;
  /** By slug; a hospital that is not named has its usual one. */
  profiles?: Record<string, ProfileName>;
}

export function makeWorld({ seed, now, dataset = 'small', profiles = {} }: WorldOptions): World {
  const clock = new MovableClock(now);
  const { hospitals } = makeDataset({ seed, now, name: dataset });
  const opened = hospitals.map((data) => {
    const { slug } = data;
    return openHospital(data, clock, profiles[slug] ?? usualProfile(dataset, slug));
  });
  const stranger = Object.keys(profiles).find((slug) => !opened.some((hospital) => hospital.slug === slug));
  if (stranger !== undefined) throw new Error(`the data set ${dataset} has no hospital "${stranger}"`);
  return {
    ...{ seed, dataset, clock, startedAt: now },
    hospitals: new Map(opened.map((hospital) => [hospital.slug, hospital])),
    faults: new FaultBook(),
    held: new HeldAnswers(),
    history: new History(),
  };
}

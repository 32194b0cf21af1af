import { makeDataset } from '../dataset/index.js';
import { MovableClock } from './clock.js';
import { FaultBook } from './faults/fault-book.js';
import { History } from './history.js';
import { type Hospital, openHospital } from './hospital.js';

/** Everything that one running stand-in holds. */
export interface World {
  seed: number;
  startedAt: Date;
  clock: MovableClock;
  hospitals: Map<string, Hospital>;
  faults: FaultBook;
  history: History;
}

export function makeWorld({ seed, now }: { seed: number; now: Date }): World {
  const clock = new MovableClock(now);
  const { hospitals } = makeDataset({ seed, now });
  return {
    seed,
    startedAt: now,
    clock,
    hospitals: new Map(hospitals.map((data) => [data.slug, openHospital(data, clock)])),
    faults: new FaultBook(),
    history: new History(),
  };
}

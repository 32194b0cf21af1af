import { makeEvents } from './events/index.js';
import { makeFullHospitals } from './full/index.js';
import type { HospitalData } from './hospital-data.js';
import { makeLoadHospital } from './load.js';
import { seededRandom } from './random.js';
import { makeSmallHospitals } from './small.js';

export type DatasetName = 'small' | 'full' | 'load';

interface Wanted {
  seed: number;
  now: Date;
  /** `small` without it. */
  name?: DatasetName;
}

const makers: Record<DatasetName, (wanted: Wanted) => Omit<HospitalData, 'events'>[]> = {
  small: makeSmallHospitals,
  full: makeFullHospitals,
  load: (wanted) => [makeLoadHospital(wanted)],
};

export const isDatasetName = (name: string): name is DatasetName => Object.hasOwn(makers, name);

/**
 * Hospitals of invented people: the same seed and now give the same rows. All number their rows alike, as hospitals
 * do, so an id alone never tells whose row it is.
 */
export function makeDataset(wanted: Wanted): { hospitals: HospitalData[] } {
  const { seed, now, name = 'small' } = wanted;
  const hospitals = makers[name](wanted).map((data) => {
    const random = seededRandom(seed, `${data.slug}/events`);
    return { ...data, events: makeEvents({ data, now, random }) };
  });
  return { hospitals };
}

import type { Random } from './random.js';

/** What is special about a patient; the rest have one good mobile number and are grown up. */
export interface PatientCase {
  phone: 'mobile' | 'none' | 'old' | 'replaced' | 'home' | 'shared';
  /** Patients with the same letter answer the same phone. */
  household?: string;
  life?: 'deceased' | 'minor' | 'inactive';
  language?: string;
}

const special: PatientCase[] = [
  ...times(4, { phone: 'none' }),
  ...times(3, { phone: 'old' }),
  ...times(2, { phone: 'replaced' }),
  ...times(2, { phone: 'home' }),
  ...['a', 'b'].flatMap((household) => times(2, { phone: 'shared', household })),
  { phone: 'shared', household: 'c' },
  { phone: 'shared', household: 'c', life: 'minor' },
  { phone: 'mobile', life: 'minor' },
  { phone: 'mobile', life: 'deceased' },
  { phone: 'mobile', life: 'inactive' },
  { phone: 'mobile', language: 'tlh' },
];

/** `count` cases in an order that the seed decides. */
export function patientCases(count: number, random: Random): PatientCase[] {
  return random.shuffle([...special, ...times(count - special.length, { phone: 'mobile' })]);
}

function times(count: number, patientCase: PatientCase): PatientCase[] {
  return Array.from({ length: count }, () => patientCase);
}

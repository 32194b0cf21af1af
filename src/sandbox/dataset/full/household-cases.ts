import type { ContactPoint, Patient } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { e164 } from '../phones.js';
import { guardianOf } from './minor-cases.js';
import type { Ward } from './ward.js';

/** Who answers one phone, by hospital: five numbers in all, ages in years. */
const households: Record<string, Record<string, number[]>> = {
  'st-marys': { family: [38, 12, 9, 4] },
  harbour: { couple: [61, 64], twins: [33, 6, 6] },
  island: { couple: [29, 31], 'care-home': [84, 91, 79, 88] },
};

export function addHouseholdCases(ward: Ward): void {
  for (const [name, ages] of Object.entries(households[ward.making.plan.slug] ?? {})) {
    const value = e164(ward.takePhone());
    const telecom: ContactPoint[] = [{ system: 'phone', value, use: 'mobile' }];
    const members = ages.map((age) =>
      ward.patient({ telecom, birthDate: bornBefore(ward, age) }, `shared/${name}`),
    );
    members.filter((_, n) => isChild(ages[n])).forEach((child) => guardianOf(ward, child, 'active', value));
    if (name === 'twins') twins(ward, members.slice(1));
  }
}

const isChild = (age: number | undefined): boolean => age !== undefined && age < 18;

function bornBefore({ making: { now } }: Ward, years: number): string {
  return DateTime.fromJSDate(now, { zone: 'utc' }).minus({ years, days: 77 }).toISODate() as string;
}

/** Same birthday, same family name, same phone: only the given name tells them apart. */
function twins(ward: Ward, [first, second]: Patient[]): void {
  if (!first || !second) throw new Error('twins are two');
  for (const [n, twin] of [first, second].entries()) {
    const given = ['Asha', 'Esha'][n] as string;
    twin.name = [{ use: 'official', text: `${given} Ferreira`, family: 'Ferreira', given: [given] }];
    twin.multipleBirthInteger = n + 1;
    ward.note(twin, 'minor/twins');
  }
}

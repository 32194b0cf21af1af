import type { Location, Practitioner } from 'fhir/r4.js';
import type { HospitalPlan } from './hospitals.js';
import { testMeta } from './labels.js';
import { makeName } from './names.js';
import type { Random } from './random.js';

const FIRST_PRACTITIONER_ID = 501;
const FIRST_LOCATION_ID = 11;

export function makePractitioners(plan: HospitalPlan, now: Date, random: Random): Practitioner[] {
  return Array.from({ length: plan.practitioners }, (_, n) => {
    const name = makeName(plan.staffNames, random);
    return {
      resourceType: 'Practitioner',
      id: String(FIRST_PRACTITIONER_ID + n),
      meta: testMeta(now, random),
      identifier: [{ system: `https://${plan.slug}.example/staff`, value: `S-${4000 + n}` }],
      active: true,
      name: [{ ...name, prefix: ['Dr'], text: `Dr ${name.text}` }],
    };
  });
}

export function makeLocations(plan: HospitalPlan, now: Date, random: Random): Location[] {
  return plan.places.map((name, n) => ({
    resourceType: 'Location',
    id: String(FIRST_LOCATION_ID + n),
    meta: testMeta(now, random),
    status: 'active',
    mode: 'instance',
    name,
    address: { country: plan.country },
  }));
}

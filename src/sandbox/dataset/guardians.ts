import type { Patient, RelatedPerson } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import type { HospitalPlan } from './hospitals.js';
import { testMeta } from './labels.js';
import { makeName } from './names.js';
import type { Random } from './random.js';

const FIRST_GUARDIAN_ID = 9001;
const AGE_OF_MAJORITY = 18;

interface Making {
  plan: HospitalPlan;
  now: Date;
  random: Random;
}

/** A guardian for each minor: the front desk wrote the guardian's number into the child's record too. */
export function makeGuardians(patients: readonly Patient[], { plan, now, random }: Making): RelatedPerson[] {
  const grownUpSince = DateTime.fromJSDate(now).minus({ years: AGE_OF_MAJORITY }).toISODate() as string;
  const minors = patients.filter(({ birthDate = '' }) => birthDate > grownUpSince);
  return minors.map(({ id, telecom }, n) => ({
    resourceType: 'RelatedPerson',
    id: String(FIRST_GUARDIAN_ID + n),
    meta: testMeta(now, random),
    active: true,
    patient: { reference: `Patient/${id}` },
    relationship: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
            code: random.pick(['MTH', 'FTH', 'GUARD']),
          },
        ],
      },
    ],
    name: [makeName(plan.staffNames, random)],
    ...(telecom && { telecom }),
  }));
}

import type { CareTeam, Patient, Practitioner } from 'fhir/r4.js';
import { testMeta } from './labels.js';
import type { Random } from './random.js';

const FIRST_CARE_TEAM_ID = 801;
const TEAMS = 5;

interface Making {
  now: Date;
  patients: Patient[];
  practitioners: Practitioner[];
  random: Random;
}

/** A few patients have two practitioners of their own. */
export function makeCareTeams({ now, patients, practitioners, random }: Making): CareTeam[] {
  return patients.slice(0, TEAMS).map((patient, n) => ({
    resourceType: 'CareTeam',
    id: String(FIRST_CARE_TEAM_ID + n),
    meta: testMeta(now, random),
    status: 'active',
    subject: { reference: `Patient/${patient.id}` },
    participant: [0, 1].map((place) => {
      const { id, name } = practitioners[(n + place) % practitioners.length] as Practitioner;
      return { member: { reference: `Practitioner/${id}`, display: name?.[0]?.text } };
    }),
  }));
}

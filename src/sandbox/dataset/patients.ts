import type { ContactPoint, Patient, PatientCommunication } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import type { HospitalPlan } from './hospitals.js';
import { testMeta } from './labels.js';
import { makeName, type NameKind } from './names.js';
import { patientCases, type PatientCase } from './patient-cases.js';
import { type Phone, type PhoneBook, typedPhone } from './phones.js';
import type { Random } from './random.js';

export const FIRST_PATIENT_ID = 1001;

const languagesOfNames: Partial<Record<NameKind, string[]>> = {
  indian: ['en', 'en', 'ml'],
  malayalam: ['ml'],
  hindi: ['hi'],
  arabic: ['ar'],
  spanish: ['es', 'es', 'en'],
};

export interface PatientMaking {
  plan: HospitalPlan;
  now: Date;
  random: Random;
  phones: PhoneBook;
  households: Map<string, Phone>;
}

export function makePatients(options: Omit<PatientMaking, 'households'>): Patient[] {
  const making: PatientMaking = { ...options, households: new Map() };
  const { plan, random } = making;
  const kinds = nameKinds(plan, random);
  return patientCases(plan.patients, random).map((patientCase, n) =>
    makePatient(making, { n, patientCase, kind: kinds[n % kinds.length] as NameKind }),
  );
}

/** As many of each kind as the hospital's plan says, in an order that the seed decides. */
export function nameKinds(plan: HospitalPlan, random: Random): NameKind[] {
  return random.shuffle(
    Object.entries(plan.names).flatMap(([kind, count]) => Array<NameKind>(count).fill(kind as NameKind)),
  );
}

interface Person {
  n: number;
  patientCase: PatientCase;
  kind: NameKind;
}

export function makePatient(making: PatientMaking, { n, patientCase, kind }: Person): Patient {
  const { plan, now, random } = making;
  const language = patientCase.language ?? random.pick(languagesOfNames[kind] ?? ['en']);
  const telecom = makeTelecom(making, patientCase);
  return {
    resourceType: 'Patient',
    id: String(FIRST_PATIENT_ID + n),
    meta: testMeta(now, random),
    identifier: [
      {
        use: 'usual',
        system: `https://${plan.slug}.example/mrn`,
        value: `${plan.recordNumberPrefix}-${random.integer(1000, 9999)}${String(n).padStart(2, '0')}`,
      },
    ],
    active: patientCase.life !== 'inactive',
    name: [makeName(kind, random)],
    ...(telecom.length > 0 && { telecom }),
    gender: random.pick(['female', 'male', 'female', 'male', 'other', 'unknown'] as const),
    birthDate: birthDate(now, patientCase, random),
    ...(patientCase.life === 'deceased' && { deceasedDateTime: daysBefore(now, random.integer(2, 8)) }),
    communication: [communication(language)],
  };
}

export function communication(code: string): PatientCommunication {
  return { language: { coding: [{ system: 'urn:ietf:bcp:47', code }] }, preferred: true };
}

function makeTelecom(making: PatientMaking, { phone, household }: PatientCase): ContactPoint[] {
  const number = (use: ContactPoint['use'], kept = takePhone(making)): ContactPoint => ({
    system: 'phone',
    value: typedPhone(kept, making.plan.country, making.random),
    use,
  });
  if (phone === 'none') return [];
  if (phone === 'old') return [number('old')];
  if (phone === 'home') return [number('home')];
  if (phone === 'replaced') return [number('old'), { ...number('mobile'), rank: 1 }];
  return [number('mobile', household ? householdPhone(making, household) : undefined)];
}

export const takePhone = ({ phones, plan, random }: PatientMaking): Phone =>
  phones.take(random.pick(plan.phoneRegions));

function householdPhone(making: PatientMaking, household: string): Phone {
  const phone = making.households.get(household) ?? takePhone(making);
  making.households.set(household, phone);
  return phone;
}

function birthDate(now: Date, { life }: PatientCase, random: Random): string {
  const age = life === 'minor' ? random.integer(3, 15) : random.integer(20, 90);
  return daysBefore(now, age * 366 + random.integer(0, 300));
}

export function daysBefore(now: Date, days: number): string {
  return DateTime.fromJSDate(now, { zone: 'utc' }).minus({ days }).toISODate() as string;
}

import type { Appointment, Consent, Patient, RelatedPerson } from 'fhir/r4.js';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { DateTime } from 'luxon';
import { type HospitalData, resourcesOf } from '../hospital-data.js';
import { makeDataset } from '../index.js';

export const now = new Date('2027-10-20T18:30:00Z');
export const { hospitals } = makeDataset({ seed: 1, now, name: 'full' });
export const [stMarys, harbour, island] = hospitals as [HospitalData, HospitalData, HospitalData];

type Row = ReturnType<typeof resourcesOf>[number];

export const rowsOf = new Map(
  hospitals.map((hospital) => [
    hospital.slug,
    new Map<string, Row>(resourcesOf(hospital).map((row) => [`${row.resourceType}/${row.id}`, row])),
  ]),
);

/** The rows of a case at one hospital, of one type. */
function rows<T extends Row>(type: T['resourceType'], name: string, { slug, cases }: HospitalData): T[] {
  return (cases[name] ?? [])
    .map((reference) => rowsOf.get(slug)?.get(reference))
    .filter((row): row is T => row?.resourceType === type);
}

export const patients = (name: string, hospital: HospitalData) => rows<Patient>('Patient', name, hospital);
export const visits = (name: string, hospital: HospitalData) =>
  rows<Appointment>('Appointment', name, hospital);
export const guardians = (name: string, hospital: HospitalData) =>
  rows<RelatedPerson>('RelatedPerson', name, hospital);
export const consents = (name: string, hospital: HospitalData) => rows<Consent>('Consent', name, hospital);

export const numbersOf = ({ telecom = [] }: Patient): string[] => telecom.map(({ value }) => value as string);
export const parse = (value: string, { country }: HospitalData) =>
  parsePhoneNumberFromString(value, country as CountryCode);
export const today = DateTime.fromJSDate(now);
export const local = (visit: Appointment, zone: string): string =>
  DateTime.fromISO(visit.start as string, { zone }).toFormat('HH:mm');
export const written = ({ start = '' }: Appointment): string => start.slice(11, 16);
export const names = ({ name = [] }: Patient): string => name.map(({ text }) => text).join(' | ');
export const actors = ({ participant }: Appointment): string =>
  participant.map(({ actor }) => actor?.reference ?? actor?.type ?? '').join(' ');
export const starting = (kind: string, visit: Appointment): number =>
  actors(visit).split(`${kind}/`).length - 1;

/** A patient case holds when each of its patients is so, and there is one. */
export const every =
  (name: string, holds: (patient: Patient, hospital: HospitalData) => boolean) =>
  (hospital: HospitalData) => {
    const found = patients(name, hospital);
    return found.length > 0 && found.every((patient) => holds(patient, hospital));
  };
export const everyVisit =
  (name: string, holds: (visit: Appointment, hospital: HospitalData) => boolean) =>
  (hospital: HospitalData) => {
    const found = visits(name, hospital);
    return found.length > 0 && found.every((visit) => holds(visit, hospital));
  };
export type Example = [row: string, holds: (hospital: HospitalData) => boolean];

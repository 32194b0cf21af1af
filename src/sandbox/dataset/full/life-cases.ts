import type { Patient, PatientCommunication } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { restricted } from '../labels.js';
import { communication } from '../patients.js';
import type { Ward } from './ward.js';

/** Six in all, spread over the hospitals. */
const deceased: Record<string, Record<string, Partial<Patient>>> = {
  'st-marys': { true: { deceasedBoolean: true }, 'date-time': {} },
  harbour: { false: { deceasedBoolean: false }, year: {} },
  island: { true: { deceasedBoolean: true }, 'date-time': {} },
};

const interpreterNeeded = {
  url: 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired',
  valueBoolean: true,
};

const languages: Record<string, PatientCommunication[] | undefined> = {
  en: [communication('en')],
  es: [communication('es')],
  hi: [communication('hi')],
  ar: [communication('ar')],
  'pt-BR': [communication('pt-BR')],
  unknown: [communication('tlh')],
  'second-preferred': [{ ...communication('en'), preferred: false }, communication('es')],
  none: undefined,
};

export function addLifeCases(ward: Ward): void {
  const { plan, now } = ward.making;
  const today = DateTime.fromJSDate(now, { zone: plan.timeZone });
  for (const [name, special] of Object.entries(deceased[plan.slug] ?? {})) {
    ward.patient({ ...special, ...diedOn(name, today) }, `deceased/${name}`);
  }
  ward.patient({ active: false }, 'life/inactive');
  ward.patient({ birthDate: undefined }, 'life/no-birth-date');
  const kept = ward.patient({}, 'life/restricted');
  kept.meta = { ...kept.meta, security: [...(kept.meta?.security ?? []), restricted] };
  ward.patient({ address: travel(today) }, 'life/travelling');
  for (const [name, spoken] of Object.entries(languages)) {
    ward.patient({ communication: spoken }, `language/${name}`);
  }
  ward.patient(
    { communication: [communication('ar')], extension: [interpreterNeeded] },
    'language/interpreter',
  );
}

function diedOn(name: string, today: DateTime): Partial<Patient> {
  if (name === 'date-time') {
    return { deceasedDateTime: today.minus({ days: 3 }).toISO({ suppressMilliseconds: true }) as string };
  }
  return name === 'year' ? { deceasedDateTime: today.minus({ months: 11 }).toFormat('yyyy') } : {};
}

/** At home in one zone, for these weeks in another. */
function travel(today: DateTime): Patient['address'] {
  const period = { start: today.toISODate() as string, end: today.plus({ weeks: 3 }).toISODate() as string };
  const timezone = {
    url: 'http://hl7.org/fhir/StructureDefinition/timezone',
    valueCode: 'America/Los_Angeles',
  };
  return [{ use: 'temp', city: 'Los Angeles', country: 'US', period, extension: [timezone] }];
}

import type { ContactPoint, Patient } from 'fhir/r4.js';
import { DateTime } from 'luxon';
import { restricted } from '../labels.js';
import type { EhrEvent, EventStep, Json } from './event.js';
import type { Scene } from './scene.js';

/** What happens to patients; each event has patients of its own. */
export function patientEvents(scene: Scene): EhrEvent[] {
  const [before, after, dying, numbered, secret, silent, speaking] = scene.people;
  if (!before || !after || !dying || !numbered || !secret || !silent || !speaking) return [];
  const today = DateTime.fromJSDate(scene.now, { zone: scene.data.timeZone });
  const label = { meta: { ...secret.meta, security: [...(secret.meta?.security ?? []), restricted] } };
  return [
    numberMoves(before, after, today),
    {
      name: 'patient-dies',
      does: 'a patient with visits ahead has died',
      steps: [change(dying, { deceasedDateTime: today.toISODate() })],
    },
    {
      name: 'record-number-changes',
      does: "a patient's record number (identifier) is another one, the id stays",
      steps: [change(numbered, { identifier: [renumbered(numbered)] })],
    },
    {
      name: 'patient-restricted',
      does: 'a record may from now on be opened only by those who break the glass: 403',
      steps: [change(secret, label)],
    },
    {
      name: 'number-dropped',
      does: "a patient's only number is no longer theirs",
      steps: [change(silent, { telecom: [{ ...numberOf(silent), use: 'old' }] })],
    },
    {
      name: 'language-changes',
      does: 'a patient wants to be written to in another language',
      steps: [change(speaking, { communication: [otherLanguage(speaking)] })],
    },
    ...comingOfAge(scene),
  ];
}

const change = ({ id }: Patient, by: Json): EventStep => ({ patch: `Patient/${id}`, change: by });
const numberOf = ({ telecom }: Patient): ContactPoint => (telecom as [ContactPoint])[0];

function numberMoves(before: Patient, after: Patient, today: DateTime): EhrEvent {
  const number = numberOf(before);
  const yesterday = today.minus({ days: 1 }).toISODate();
  return {
    name: 'number-moves',
    does: 'a telephone number passes from one patient to another',
    steps: [
      change(before, { telecom: [{ ...number, use: 'old', period: { end: yesterday } }] }),
      change(after, {
        telecom: [
          { ...numberOf(after), use: 'old' },
          { ...number, period: { start: today.toISODate() } },
        ],
      }),
    ],
  };
}

const renumbered = ({ identifier }: Patient): Json => ({
  ...identifier?.[0],
  value: `${identifier?.[0]?.value}-B`,
});

function otherLanguage({ communication = [] }: Patient): Json {
  const code = communication[0]?.language.coding?.[0]?.code === 'es' ? 'en' : 'es';
  return { language: { coding: [{ system: 'urn:ietf:bcp:47', code }] }, preferred: true };
}

/** The birthday itself needs no edit; the guardian's part ends with it. */
function comingOfAge({ data }: Scene): EhrEvent[] {
  const child = data.patients.find(({ id }) => data.cases['minor/turns-18']?.includes(`Patient/${id}`));
  if (!child) return [];
  const birthday = DateTime.fromISO(child.birthDate as string, { zone: data.timeZone }).plus({ years: 18 });
  const guardians = data.relatedPersons.filter(({ patient }) => patient.reference === `Patient/${child.id}`);
  return [
    {
      name: 'patient-turns-18',
      does: 'a patient comes of age at local midnight: the guardian acts no longer',
      at: birthday.toISO({ suppressMilliseconds: true }) as string,
      steps: guardians.map(({ id, period }) => ({
        patch: `RelatedPerson/${id}`,
        change: { active: false, period: { ...period, end: birthday.toISODate() } },
      })),
    },
  ];
}

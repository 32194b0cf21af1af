import type { Appointment, Patient } from 'fhir/r4.js';
import type { EhrEvent, EventStep } from './event.js';
import type { Scene } from './scene.js';

/** Two records turn out to be one person, and then not after all; another record is deleted as a duplicate. */
export function mergeEvents(scene: Scene): EhrEvent[] {
  const { data, people } = scene;
  const named = data.patients.filter(({ id }) => data.cases['merge/later']?.includes(`Patient/${id}`));
  const [source, survivor] = named.length === 2 ? named : people.slice(7, 9);
  const [duplicate, kept] = people.slice(9, 11);
  if (!source || !survivor || !duplicate || !kept) return [];
  return [
    {
      name: 'merge',
      does: 'two records are joined: the source says who replaced it, its visits move to the survivor',
      steps: [...join(source, survivor), ...moveVisits(scene, source, survivor)],
    },
    {
      name: 'unmerge',
      does: 'the same two records are parted again, each with its own visits',
      steps: part(scene, source, survivor),
    },
    {
      name: 'merge-and-delete',
      does: 'a record is joined to another and then deleted: it answers 410',
      steps: [
        ...join(duplicate, kept).slice(1),
        ...moveVisits(scene, duplicate, kept),
        { remove: `Patient/${duplicate.id}` },
      ],
    },
  ];
}

const refer = ({ id }: Patient) => ({ reference: `Patient/${id}` });

function join(source: Patient, survivor: Patient): EventStep[] {
  return [
    {
      patch: `Patient/${source.id}`,
      change: { active: false, link: [{ type: 'replaced-by', other: refer(survivor) }] },
    },
    {
      patch: `Patient/${survivor.id}`,
      change: { link: [...(survivor.link ?? []), { type: 'replaces', other: refer(source) }] },
    },
  ];
}

function visitsOf({ data }: Scene, patient: Patient): Appointment[] {
  const { reference } = refer(patient);
  return data.appointments.filter(({ participant }) =>
    participant.some(({ actor }) => actor?.reference === reference),
  );
}

function moveVisits(scene: Scene, source: Patient, survivor: Patient): EventStep[] {
  return visitsOf(scene, source).map(({ id, participant }) => ({
    patch: `Appointment/${id}`,
    change: {
      participant: participant.map((one) =>
        one.actor?.reference === refer(source).reference ? { ...one, actor: refer(survivor) } : one,
      ),
    },
  }));
}

function part(scene: Scene, source: Patient, survivor: Patient): EventStep[] {
  return [
    { patch: `Patient/${source.id}`, change: { active: source.active ?? null, link: source.link ?? null } },
    { patch: `Patient/${survivor.id}`, change: { link: survivor.link ?? null } },
    ...visitsOf(scene, source).map(({ id, participant }) => ({
      patch: `Appointment/${id}`,
      change: { participant },
    })),
  ];
}

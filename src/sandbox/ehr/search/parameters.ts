import type { Appointment, Communication, Identifier, Patient, Reference } from 'fhir/r4.js';
import type { Resource, ResourceType } from '../resource.js';

export interface Token {
  system?: string;
  code: string;
}

/** `index`: the store keeps the rows under this value, so that a search by it reads only those. */
export type Parameter =
  | { type: 'token'; index?: true; values(resource: Resource): Token[] }
  | { type: 'reference'; index?: true; target?: ResourceType; values(resource: Resource): string[] }
  | { type: 'date'; index?: { bucketMs: number }; values(resource: Resource): unknown[] };

const DAY_MS = 86_400_000;
const TEN_MINUTES_MS = 600_000;

const actors = (resource: Resource, target?: ResourceType): string[] => {
  const { participant = [] } = resource as unknown as Appointment;
  const references = participant.flatMap(({ actor }) => actor?.reference ?? []).map(localReference);
  return target ? references.filter((reference) => reference.startsWith(`${target}/`)) : references;
};

const actor = (target: ResourceType): Parameter => ({
  type: 'reference',
  index: true,
  target,
  values: (resource) => actors(resource, target),
});

const subjects = (resource: Resource, target?: ResourceType): string[] => {
  const { subject } = resource as { subject?: Reference };
  const reference = subject?.reference && localReference(subject.reference);
  return reference && (!target || reference.startsWith(`${target}/`)) ? [reference] : [];
};

const code = (element: string): Parameter => ({
  type: 'token',
  values: ({ [element]: value }) => (value === undefined ? [] : [{ code: String(value) }]),
});

const common: Record<string, Parameter> = {
  _id: { type: 'token', index: true, values: ({ id }) => [{ code: id as string }] },
  _lastUpdated: {
    type: 'date',
    index: { bucketMs: TEN_MINUTES_MS },
    values: ({ meta }) => [meta?.lastUpdated],
  },
  identifier: {
    type: 'token',
    index: true,
    values: ({ identifier }) =>
      ((identifier ?? []) as Identifier[]).map(({ system, value = '' }) => ({ system, code: value })),
  },
};

const referenceIn = (value: unknown): string[] => {
  const { reference } = (value ?? {}) as Reference;
  return reference ? [localReference(reference)] : [];
};

const ofPatient: Parameter = {
  type: 'reference',
  index: true,
  target: 'Patient',
  values: ({ patient }) => referenceIn(patient),
};

/** Every search parameter that the server knows, by resource type; a profile may offer fewer. */
export const searchParameters: Record<ResourceType, Record<string, Parameter>> = {
  Appointment: {
    ...common,
    actor: { type: 'reference', values: (resource) => actors(resource) },
    date: { type: 'date', index: { bucketMs: DAY_MS }, values: ({ start }) => [start] },
    location: actor('Location'),
    patient: actor('Patient'),
    practitioner: actor('Practitioner'),
    status: code('status'),
  },
  Communication: {
    ...common,
    category: {
      type: 'token',
      values: (resource) =>
        ((resource as unknown as Communication).category ?? []).flatMap(({ coding = [] }) =>
          coding.map(({ system, code: value = '' }) => ({ system, code: value })),
        ),
    },
    patient: {
      type: 'reference',
      index: true,
      target: 'Patient',
      values: (resource) => subjects(resource, 'Patient'),
    },
    received: { type: 'date', values: ({ received }) => [received] },
    recipient: {
      type: 'reference',
      values: ({ recipient }) => ((recipient ?? []) as Reference[]).flatMap(referenceIn),
    },
    sent: { type: 'date', values: ({ sent }) => [sent] },
    status: code('status'),
    subject: { type: 'reference', values: (resource) => subjects(resource) },
  },
  Consent: { ...common, patient: ofPatient, status: code('status') },
  HealthcareService: { ...common, active: code('active') },
  Location: { ...common, status: code('status') },
  Patient: {
    ...common,
    active: code('active'),
    birthdate: { type: 'date', values: (resource) => [(resource as unknown as Patient).birthDate] },
  },
  Practitioner: { ...common, active: code('active') },
  PractitionerRole: {
    ...common,
    active: code('active'),
    practitioner: {
      type: 'reference',
      target: 'Practitioner',
      values: ({ practitioner }) => referenceIn(practitioner),
    },
  },
  RelatedPerson: { ...common, active: code('active'), patient: ofPatient },
};

/** What `_include` may name, by the type searched. */
export const includable: Partial<Record<ResourceType, string[]>> = {
  Appointment: ['actor', 'location', 'patient', 'practitioner'],
  Communication: ['patient', 'subject'],
};

/** `Type/id` of a relative or absolute reference, without a version. */
export function localReference(reference: string): string {
  return reference
    .replace(/\/_history\/.*$/, '')
    .split('/')
    .slice(-2)
    .join('/');
}

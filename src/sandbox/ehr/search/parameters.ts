import type { Appointment, CareTeam, DocumentReference, Extension, Subscription } from 'fhir/r4.js';
import type { Resource, ResourceType } from '../resource.js';
import {
  code,
  concept,
  date,
  identifiers,
  type Parameter,
  reference,
  referencesIn,
  referenceTo,
} from './parameter-kinds.js';

const DAY = { bucketMs: 86_400_000 };
const TEN_MINUTES = { bucketMs: 600_000 };

/** Oracle's own element: whether the mail of a Communication was read. */
export const EMAIL_STATUS = 'https://fhir-ehr.cerner.com/r4/StructureDefinition/email-status';

const common: Record<string, Parameter> = {
  _id: { type: 'token', index: true, values: ({ id }) => [{ code: id as string }] },
  _lastUpdated: { type: 'date', index: TEN_MINUTES, values: ({ meta }) => [meta?.lastUpdated] },
  identifier: identifiers('identifier'),
};

const participants = (resource: Resource): string[] =>
  ((resource as unknown as Appointment).participant ?? []).flatMap(({ actor }) => referencesIn(actor));

const participant = (target: ResourceType): Parameter => ({
  type: 'reference',
  index: true,
  target,
  values: (resource) => participants(resource).filter((found) => found.startsWith(`${target}/`)),
});

const ofSubject: Record<string, Parameter> = {
  patient: referenceTo('Patient', 'subject'),
  subject: reference('subject'),
};

const ofPatient = referenceTo('Patient', 'patient');
const encounter = reference('encounter');

const ofChannel = (element: 'type' | 'endpoint' | 'payload'): Parameter => ({
  type: 'token',
  values: (resource) => {
    const value = (resource as unknown as Partial<Subscription>).channel?.[element];
    return value === undefined ? [] : [{ code: value }];
  },
});

/** Every search parameter that the server knows, by resource type; a profile may offer fewer. */
export const searchParameters: Record<ResourceType, Record<string, Parameter>> = {
  Appointment: {
    ...common,
    actor: { type: 'reference', values: participants },
    'appointment-type': concept('appointmentType'),
    date: date('start', DAY),
    location: participant('Location'),
    'part-status': {
      type: 'token',
      values: (resource) =>
        ((resource as unknown as Appointment).participant ?? []).map(({ status }) => ({ code: status })),
    },
    patient: participant('Patient'),
    practitioner: participant('Practitioner'),
    'reason-code': concept('reasonCode'),
    'service-category': concept('serviceCategory'),
    'service-type': concept('serviceType'),
    slot: referenceTo('Slot', 'slot'),
    specialty: concept('specialty'),
    status: code('status'),
  },
  AppointmentResponse: {
    ...common,
    actor: reference('actor'),
    appointment: referenceTo('Appointment', 'appointment'),
    'part-status': code('participantStatus'),
    patient: referenceTo('Patient', 'actor'),
  },
  Binary: {},
  CareTeam: {
    ...common,
    ...ofSubject,
    participant: {
      type: 'reference',
      values: (resource) =>
        ((resource as unknown as CareTeam).participant ?? []).flatMap(({ member }) => referencesIn(member)),
    },
    status: code('status'),
  },
  Communication: {
    ...common,
    ...ofSubject,
    category: concept('category'),
    encounter,
    'part-of': reference('partOf'),
    received: date('received'),
    recipient: reference('recipient'),
    sender: reference('sender'),
    sent: date('sent'),
    status: code('status'),
    '-email-status': {
      type: 'token',
      values: ({ extension }) =>
        ((extension ?? []) as Extension[])
          .filter(({ url }) => url === EMAIL_STATUS)
          .flatMap(({ valueCodeableConcept }) => valueCodeableConcept?.coding ?? [])
          .map(({ system, code: value = '' }) => ({ system, code: value })),
    },
  },
  Consent: { ...common, date: date('dateTime'), patient: ofPatient, status: code('status') },
  DocumentReference: {
    ...common,
    ...ofSubject,
    category: concept('category'),
    date: date('date'),
    encounter: {
      type: 'reference',
      values: (resource) => referencesIn((resource as unknown as DocumentReference).context?.encounter),
    },
    status: code('status'),
    type: concept('type'),
  },
  HealthcareService: {
    ...common,
    active: code('active'),
    location: reference('location'),
    'service-type': concept('type'),
  },
  Location: { ...common, status: code('status') },
  Observation: {
    ...common,
    ...ofSubject,
    category: concept('category'),
    code: concept('code'),
    date: date('effectiveDateTime'),
    encounter,
    status: code('status'),
  },
  Patient: { ...common, active: code('active'), birthdate: date('birthDate') },
  Practitioner: { ...common, active: code('active') },
  PractitionerRole: {
    ...common,
    active: code('active'),
    location: reference('location'),
    practitioner: referenceTo('Practitioner', 'practitioner'),
    service: reference('healthcareService'),
    specialty: concept('specialty'),
  },
  Provenance: {
    _id: common._id as Parameter,
    _lastUpdated: common._lastUpdated as Parameter,
    patient: referenceTo('Patient', 'target'),
    recorded: date('recorded'),
    target: { type: 'reference', index: true, values: ({ target }) => referencesIn(target) },
  },
  QuestionnaireResponse: {
    ...common,
    ...ofSubject,
    authored: date('authored'),
    encounter,
    questionnaire: code('questionnaire'),
    status: code('status'),
  },
  RelatedPerson: { ...common, active: code('active'), patient: ofPatient },
  Schedule: {
    ...common,
    active: code('active'),
    actor: { type: 'reference', index: true, values: ({ actor }) => referencesIn(actor) },
    date: date('planningHorizon'),
    'service-type': concept('serviceType'),
    specialty: concept('specialty'),
  },
  Slot: {
    ...common,
    schedule: referenceTo('Schedule', 'schedule'),
    'service-type': concept('serviceType'),
    specialty: concept('specialty'),
    start: date('start', DAY),
    status: code('status'),
  },
  Subscription: {
    _id: common._id as Parameter,
    _lastUpdated: common._lastUpdated as Parameter,
    criteria: code('criteria'),
    payload: ofChannel('payload'),
    status: code('status'),
    type: ofChannel('type'),
    url: ofChannel('endpoint'),
  },
};

/** What `_include` may name, by the type searched. */
export const includable: Partial<Record<ResourceType, string[]>> = {
  Appointment: ['actor', 'location', 'patient', 'practitioner', 'slot'],
  AppointmentResponse: ['actor', 'appointment'],
  CareTeam: ['participant', 'patient'],
  Communication: ['patient', 'subject'],
  Consent: ['patient'],
  DocumentReference: ['patient', 'subject'],
  Observation: ['patient', 'subject'],
  PractitionerRole: ['location', 'practitioner', 'service'],
  Provenance: ['target'],
  QuestionnaireResponse: ['patient', 'subject'],
  RelatedPerson: ['patient'],
  Schedule: ['actor'],
  Slot: ['schedule'],
};

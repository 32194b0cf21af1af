import type { ProfileName } from './index.js';
import type { RowName } from './rows.js';

export type Vendor = Exclude<ProfileName, 'narrow'>;

export const vendors: Vendor[] = [
  'open',
  'hapi-like',
  'epic-like',
  'oracle-like',
  'athena-like',
  'healthlake-like',
];

/** What each vendor offers, from the reference and not from the profiles: an interaction that is not here is refused. */
export const letters = { r: 'read', s: 'search', c: 'create', u: 'update', p: 'patch', d: 'delete' } as const;
export type Letter = keyof typeof letters;
export const types = [
  ...['Patient', 'Practitioner', 'Location', 'RelatedPerson', 'PractitionerRole', 'HealthcareService'],
  ...['Appointment', 'AppointmentResponse', 'Schedule', 'Slot', 'CareTeam', 'Communication', 'Consent'],
  ...[
    'DocumentReference',
    'Observation',
    'QuestionnaireResponse',
    'Provenance',
    'Binary',
    'AuditEvent',
    'Task',
    'Subscription',
  ],
];
const store = { usual: 'rscupd', Binary: 'r', AuditEvent: '', Task: '' };
const offers: Record<Vendor, { usual: string } & Record<string, string>> = {
  open: store,
  'hapi-like': { ...store, AppointmentResponse: '' },
  'healthlake-like': { ...store, AppointmentResponse: '' },
  'epic-like': {
    ...{
      usual: 'rs',
      Binary: 'r',
      AuditEvent: '',
      Task: '',
      AppointmentResponse: '',
      Schedule: '',
      Slot: '',
      Subscription: '',
    },
    ...{ Communication: 'rsc', DocumentReference: 'rscu', Observation: 'rscu', QuestionnaireResponse: 'rsc' },
  },
  'oracle-like': {
    ...{
      usual: 'rs',
      Binary: 'r',
      AuditEvent: '',
      Task: '',
      AppointmentResponse: '',
      Schedule: 'r',
      Slot: 'sp',
      Subscription: '',
    },
    ...{ Appointment: 'rscp', Communication: 'rscp', DocumentReference: 'rsc', Observation: 'rscu' },
    Provenance: 'rsc',
  },
  'athena-like': {
    ...{
      usual: 'rs',
      Binary: 'r',
      AuditEvent: '',
      Task: '',
      AppointmentResponse: '',
      Schedule: '',
      Slot: '',
    },
    ...{ Communication: '', Consent: '', QuestionnaireResponse: 'rsc', Subscription: 'rscu' },
  },
};
export const offered = (vendor: Vendor, type: string, letter: Letter): boolean =>
  (offers[vendor][type] ?? offers[vendor].usual).includes(letter);

/** The row that says so, at those vendors that have a column. */
export const rowOf = (vendor: Vendor, type: string, letter: Letter): RowName | undefined => {
  const patches = ['open', 'hapi-like', 'healthlake-like', 'oracle-like'].includes(vendor);
  if (letter === 'p' && !patches) return 'PATCH';
  if (type === 'Appointment') return 'Appointment interactions';
  if (type === 'Communication') return 'Communication';
  if (['Slot', 'Schedule'].includes(type)) return 'Slot / Schedule';
  if (['Consent', 'AuditEvent', 'Subscription'].includes(type)) return 'Consent / AuditEvent / Subscription';
  return ['r', 's'].includes(letter) ? undefined : 'Other write targets';
};

const r4 = [
  ...['_id', '_lastUpdated', 'actor', 'appointment-type', 'date', 'identifier', 'location', 'part-status'],
  ...[
    'patient',
    'practitioner',
    'reason-code',
    'service-category',
    'service-type',
    'slot',
    'specialty',
    'status',
  ],
];
/** The search parameters of Appointment. */
export const appointmentParams: Record<Vendor, string[]> = {
  open: r4,
  'hapi-like': r4,
  'healthlake-like': r4,
  'epic-like': r4.filter((name) => name !== '_lastUpdated'),
  'oracle-like': ['_id', 'date', 'location', 'patient', 'practitioner', 'status'],
  'athena-like': ['_id'],
};

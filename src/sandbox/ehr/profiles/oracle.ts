import type { Resource, ResourceType, StoredResource } from '../resource.js';
import { invalid, unless } from '../validate/issue.js';
import { open, paramsWithout } from './open.js';
import { showAppointment, visitIssues, visitPatchIssues } from './oracle-appointment.js';
import { messageIssues, messagePatchIssues, showMessage, withMailStatus } from './oracle-communication.js';
import { documentIssues } from './oracle-document.js';
import { searchRefusal } from './oracle-search.js';
import { oracleRows } from './oracle-rows.js';
import {
  type Interaction,
  type PatchStep,
  perType,
  type Profile,
  readOnly,
  type VendorIssue,
} from './profile.js';

const interactions: Partial<Record<ResourceType, Interaction[]>> = {
  Appointment: [...readOnly, 'create', 'patch'],
  AppointmentResponse: [],
  Binary: ['read'],
  Communication: [...readOnly, 'create', 'patch'],
  DocumentReference: [...readOnly, 'create'],
  Observation: [...readOnly, 'create', 'update'],
  Provenance: [...readOnly, 'create'],
  Schedule: ['read'],
  Slot: ['search-type', 'patch'],
  Subscription: [],
};

const searchParams: Partial<Record<ResourceType, string[]>> = {
  Appointment: ['_id', 'date', 'location', 'patient', 'practitioner', 'status'],
  Communication: ['_id', 'category', 'received', 'recipient', '-email-status'],
  Patient: ['_id', 'birthdate', 'identifier'],
  Schedule: [],
  Slot: ['_id', 'service-type', 'start'],
};

const includes: Partial<Record<ResourceType, string[]>> = { Slot: ['schedule'], Consent: ['patient'] };

/** Oracle Health Millennium: narrow searches, If-Match without exception, few paths, few moves, no idempotency. */
export const oracle: Profile = {
  ...open,
  rows: oracleRows,
  types: perType((type) => ({
    interactions: interactions[type] ?? readOnly,
    searchParams: searchParams[type] ?? paramsWithout(type, '_lastUpdated'),
    includes: includes[type] ?? [],
  })),
  search: {
    ...open.search,
    defaultCount: 50,
    minCount: { Slot: 5 },
    countIgnoredWithId: true,
    // fhir.cerner.com, appointment.md and slot.md: sorted by start, the earliest first.
    usualOrder: { Appointment: 'date', Slot: 'start' },
    repeatedRows: 1,
    refusal: searchRefusal,
    hides: ({ resourceType, status }) => resourceType === 'Slot' && status !== 'free',
  },
  writes: {
    ifMatchRequired: true,
    staleStatus: 409,
    patchIssues,
    issues: writeIssues,
    completes: (created) => (created.resourceType === 'Communication' ? withMailStatus(created) : created),
    answers: 'empty',
    slots: 'managed',
    timesFromSlot: true,
    binaries: ['Communication'],
  },
  silentNotAcceptable: true,
  unknownTenantStatus: 403,
  throttling: 'silent',
  push: [],
  shows,
};

function writeIssues(after: Resource, before?: Resource): VendorIssue[] {
  const modified: VendorIssue = {
    ...invalid(after.resourceType, 'modifierExtension is not taken'),
    row: 'modifierExtension',
  };
  return [
    ...unless(!('modifierExtension' in after), modified),
    ...(issuesOf[after.resourceType]?.(after, before) ?? []),
  ];
}

const issuesOf: Record<string, (after: Resource, before?: Resource) => VendorIssue[]> = {
  Appointment: visitIssues,
  Communication: messageIssues,
  DocumentReference: documentIssues,
};

const patchIssuesOf: Record<string, (steps: PatchStep[], before: StoredResource) => VendorIssue[]> = {
  Appointment: visitPatchIssues,
  Communication: messagePatchIssues,
  Slot: slotPatchIssues,
};

function patchIssues(steps: PatchStep[], before: StoredResource): VendorIssue[] {
  return patchIssuesOf[before.resourceType]?.(steps, before) ?? [];
}

/** fhir.cerner.com, slot_patch.yaml: the status alone, free or busy-tentative. */
function slotPatchIssues(steps: PatchStep[]): VendorIssue[] {
  const known = steps.every(
    ({ op, path, value }) =>
      path === '/status' &&
      ['replace', 'test'].includes(op) &&
      ['free', 'busy-tentative'].includes(value as string),
  );
  const why = 'A slot takes only its status, free or busy-tentative';
  return unless(known, { ...invalid('Slot', why), row: 'Slot / Schedule' });
}

function shows(row: StoredResource, interaction: Interaction): StoredResource {
  if (row.resourceType === 'Appointment') return showAppointment(row);
  return row.resourceType === 'Communication' && interaction === 'search-type' ? showMessage(row) : row;
}

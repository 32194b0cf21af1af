import type { Resource, ResourceType } from '../resource.js';
import { kindOf } from '../subscriptions/wish.js';
import { invalid, unless } from '../validate/issue.js';
import { open, paramsWithout } from './open.js';
import { type Interaction, perType, type Profile, readOnly, type VendorIssue } from './profile.js';

const absent: ResourceType[] = ['AppointmentResponse', 'Communication', 'Consent', 'Schedule', 'Slot'];

const interactions: Partial<Record<ResourceType, Interaction[]>> = {
  Binary: ['read'],
  QuestionnaireResponse: [...readOnly, 'create'],
  Subscription: [...readOnly, 'create', 'update'],
};

/** athenahealth FHIR: an appointment is found by its id alone, there is no Communication, next to nothing is written. */
export const athena: Profile = {
  ...open,
  rows: {
    'Appointment interactions': 'read, search',
    'Appointment search params': 'only _id, base-appointment-id, group-appointment-id, practice',
    '_lastUpdated on Appointment': 'no',
    '_lastUpdated on Patient': 'yes',
    'Unknown search param': 'ignored/400',
    _include: 'several (not Appointment)',
    Paging: '`cursor`',
    'If-None-Exist': 'no write',
    PATCH: 'no',
    'batch / transaction': '–',
    Communication: 'absent',
    'Other write targets': 'QuestionnaireResponse create',
    'Consent / AuditEvent / Subscription': 'none / none / Subscriptions API (R5 backport, alpha)',
    'Slot / Schedule': 'no',
    'Throttling signal': 'none confirmed',
  },
  types: perType((type) => ({
    interactions: absent.includes(type) ? [] : (interactions[type] ?? readOnly),
    searchParams: type === 'Appointment' ? ['_id'] : paramsWithout(type),
    includes: type === 'Appointment' ? [] : open.types[type].includes,
  })),
  search: {
    ...open.search,
    pageParam: 'cursor',
    refusal: (type, params) =>
      type === 'Appointment' && !params.has('_id')
        ? { why: 'Appointments are searched by _id', row: 'Appointment search params' }
        : undefined,
  },
  writes: { ...open.writes, slots: 'plain', issues: pushIssues },
  throttling: 'silent',
  push: ['backport'],
};

/** Its Subscriptions API is the R5 backport: a plain R4 rest-hook is not taken. */
function pushIssues(after: Resource): VendorIssue[] {
  const isTaken = after.resourceType !== 'Subscription' || kindOf(after) === 'backport';
  const why = 'A Subscription names a topic, and the profile of the backport';
  const issue = invalid('Subscription.meta.profile', why);
  return unless(isTaken, { ...issue, row: 'Consent / AuditEvent / Subscription' as const });
}

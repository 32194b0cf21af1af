import type { ResourceType } from '../resource.js';
import { open, paramsWithout } from './open.js';
import { type Interaction, perType, type Profile, readOnly, type TypeProfile } from './profile.js';

const absent: ResourceType[] = ['AppointmentResponse', 'Schedule', 'Slot', 'Subscription'];

const interactions: Partial<Record<ResourceType, Interaction[]>> = {
  Binary: ['read'],
  Communication: [...readOnly, 'create'],
  DocumentReference: [...readOnly, 'create', 'update'],
  Observation: [...readOnly, 'create', 'update'],
  QuestionnaireResponse: [...readOnly, 'create'],
};

/** The statement lists the others without text: since May 2024 they only filter what a native one found. */
const native: Partial<Record<ResourceType, string[]>> = {
  Appointment: ['_id', 'date', 'identifier', 'patient', 'service-category', 'status'],
  Communication: ['_id', 'category', 'encounter', 'patient'],
};

/**
 * Epic R4: unknown parameters, `_lastUpdated` among them, are ignored with a warning; results are capped; merged
 * records redirect; the codes are those of its OperationOutcomes.
 */
export const epic: Profile = {
  ...open,
  rows: {
    'Appointment interactions': 'read, search',
    'Appointment search params':
      'date, identifier, patient, service-category, status, _id, _count native; actor, location, practitioner, slot, ' +
      'service-type … listed without text: post-filters since May 2024',
    '_lastUpdated on Appointment': 'no',
    '_lastUpdated on Patient': 'no',
    'Unknown search param': 'warning OperationOutcome (4122 / 59100), i.e. ignored',
    'Date prefixes': 'eq lt le gt ge',
    _include: '`*` declared',
    Paging: 'next link, cached session expires (4113)',
    _count: 'Patient search hard-caps at 100 (4127), others 59133',
    'POST _search': 'yes; since Feb 2026 the query string is ignored, before that the body was',
    'If-None-Exist': 'no',
    'If-Match': 'ETag, 412',
    PATCH: 'no',
    'batch / transaction': '–',
    Communication:
      'create, read, search (patient, category, encounter, …); identifier listed but as post-filter',
    'Other write targets':
      'DocumentReference create/update, Observation create/update, QuestionnaireResponse create, Task update',
    'Consent / AuditEvent / Subscription': 'read / none / none',
    'Slot / Schedule': 'not in R4 (read in STU3 + `$find`/`$book`)',
    'Throttling signal': 'no documented 429, no headers; OperationOutcome codes',
    'Restricted record': '403 (Epic 4130/4131/4134 break-the-glass = policy)',
    'Merged patient': 'HTTP redirect + code 4107',
  },
  handling: 'lenient',
  types: perType(typeAtEpic),
  search: {
    ...open.search,
    rowCap: (type) => (type === 'Patient' ? { rows: 100, code: '4127' } : { rows: 1000, code: '59133' }),
    keptMinutes: 30,
    expiredStatus: 400,
    datePrefixes: ['eq', 'lt', 'le', 'gt', 'ge'],
    postQuery: 'ignored',
  },
  writes: { ...open.writes, slots: 'plain' },
  mergedPatients: 'redirect',
  codes: {
    'ignored-parameter': '4122',
    'nothing-found': '4101',
    'expired-page': '4113',
    restricted: '4130',
    merged: '4107',
  },
  throttling: 'silent',
  push: [],
};

function typeAtEpic(type: ResourceType): Partial<TypeProfile> {
  const known = paramsWithout(type, '_lastUpdated');
  const searchParams = native[type] ?? known;
  return {
    interactions: absent.includes(type) ? [] : (interactions[type] ?? readOnly),
    searchParams,
    postFilters: known.filter((name) => !searchParams.includes(name)),
    includes: ['*'],
  };
}

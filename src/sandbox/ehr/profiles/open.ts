import type { ResourceType } from '../resource.js';
import { prefixes } from '../search/date-range.js';
import { includable, searchParameters } from '../search/parameters.js';
import { everything, perType, type Profile } from './profile.js';

const ofOracle = '-email-status';

/** The names of the search parameters of a type that R4 has, but for these. */
export const paramsWithout = (type: ResourceType, ...names: string[]): string[] =>
  Object.keys(searchParameters[type]).filter((name) => name !== ofOracle && !names.includes(name));

/** A plain FHIR server: everything is allowed, slots and visits are kept in step. Medplum's column, where it has one. */
export const open: Profile = {
  rows: {
    'Unknown search param': '400',
    'Date prefixes': 'all',
    _count: 'default 20',
    'If-Match': '412',
    PATCH: 'JSON',
    'Consent / AuditEvent / Subscription': 'all',
    'Slot / Schedule': 'yes, with $find, $hold and $book; a slot is given once',
    'Throttling signal': 'RFC RateLimit + Retry-After',
    'Merged patient': 'Patient.link',
  },
  handling: 'strict',
  refusedParams: [],
  types: perType((type) => ({
    interactions: type === 'Binary' ? ['read'] : everything,
    searchParams: paramsWithout(type),
    includes: includable[type] ?? [],
    operations: type === 'Appointment' ? ['find', 'hold', 'book'] : [],
    conditionalCreate: type !== 'Binary',
  })),
  search: {
    defaultCount: 20,
    maxCount: 200,
    minCount: {},
    countIgnoredWithId: false,
    maxIncluded: Infinity,
    pageParam: '_page',
    pagesAt: 'type',
    keptMinutes: Infinity,
    expiredStatus: 410,
    repeatedRows: 0,
    cacheSeconds: 0,
    lagSeconds: 0,
    datePrefixes: prefixes,
    postQuery: 'read',
  },
  writes: {
    ifMatchRequired: false,
    staleStatus: 412,
    answers: 'representation',
    slots: 'managed',
    timesFromSlot: false,
    binaries: [],
  },
  mergedPatients: 'link',
  codes: {},
  silentNotAcceptable: false,
  unknownTenantStatus: 404,
  throttling: 'rate-limit',
  push: ['rest-hook', 'backport'],
};

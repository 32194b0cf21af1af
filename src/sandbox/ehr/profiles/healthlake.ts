import { hapi } from './hapi.js';
import { open } from './open.js';
import { perType, type Profile } from './profile.js';

/** AWS HealthLake: a change is found only later, a repeated create makes a copy or, with its own header, a 409. */
export const healthlake: Profile = {
  ...open,
  rows: {
    ...hapi.rows,
    'Appointment search params': 'R4 subset',
    'Unknown search param': '400',
    _include: 'yes, capped',
    Paging: 'page token',
    _count: 'default 10 / max 100',
    'POST _search': 'yes, recommended for PHI; URL or body, not both',
    'If-None-Exist': 'own header `x-amz-fhir-idempotency-key` (UUID; duplicate gives 409)',
    'If-Match': 'yes',
    PATCH: 'JSON',
    'Consent / AuditEvent / Subscription': 'all types, no push found',
    'Throttling signal': '429',
    'Read-after-write in search':
      'eventual by default; during reindex the resource vanishes unless `x-amz-fhir-history-consistency-level: strong`',
  },
  types: perType((type) => ({ ...hapi.types[type], conditionalCreate: false })),
  search: {
    ...open.search,
    defaultCount: 10,
    maxCount: 100,
    maxIncluded: 100,
    lagSeconds: 20,
    pageParam: 'page',
    postQuery: 'exclusive',
  },
  writes: { ...open.writes, slots: 'plain', idempotencyHeader: 'x-amz-fhir-idempotency-key' },
  throttling: 'retry-after',
  // A Subscription is a resource like any other there.
  push: [],
};

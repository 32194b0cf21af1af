import { everything, open, paramsWithout, perType, type Profile } from './profile.js';

/** AWS HealthLake: a change is found only later, a repeated create makes a copy or, with its own header, a 409. */
export const healthlake: Profile = {
  ...open,
  types: perType((type) => ({
    interactions: everything,
    searchParams: paramsWithout(type),
    conditionalCreate: false,
  })),
  search: { ...open.search, defaultCount: 10, maxCount: 100, lagSeconds: 20 },
  writes: { ...open.writes, idempotencyHeader: 'x-amz-fhir-idempotency-key' },
};

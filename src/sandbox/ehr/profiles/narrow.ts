import { open, paramsWithout } from './open.js';
import { perType, type Profile, readOnly } from './profile.js';

/** Like the large vendors: appointments can only be read, changes cannot be polled, a retried create makes a copy. */
export const narrow: Profile = {
  ...open,
  rows: {
    ...open.rows,
    'Appointment interactions': 'read, search',
    '_lastUpdated on Appointment': 'no',
    '_lastUpdated on Patient': 'no',
    'Unknown search param': 'ignored with a warning',
    'If-None-Exist': 'no',
    PATCH: 'no',
    Communication: 'create, read, search',
    'Other write targets': 'none',
    'Slot / Schedule': 'read, search',
    'Consent / AuditEvent / Subscription': 'read / none / none',
  },
  handling: 'lenient',
  refusedParams: ['_lastUpdated'],
  types: perType((type) => ({
    ...open.types[type],
    interactions:
      type === 'Communication' ? [...readOnly, 'create'] : type === 'Binary' ? ['read'] : readOnly,
    searchParams: paramsWithout(type, '_lastUpdated'),
    operations: [],
    conditionalCreate: false,
  })),
  throttling: 'retry-after',
};

import type { ResourceType } from '../resource.js';
import { open, paramsWithout } from './open.js';
import { type Interaction, perType, type Profile, readOnly } from './profile.js';

const interactions: Partial<Record<ResourceType, Interaction[]>> = {
  Binary: ['read'],
  Communication: [...readOnly, 'create'],
  Subscription: [],
};

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
    interactions: interactions[type] ?? readOnly,
    searchParams: paramsWithout(type, '_lastUpdated'),
    operations: [],
    conditionalCreate: false,
  })),
  throttling: 'retry-after',
  push: [],
};

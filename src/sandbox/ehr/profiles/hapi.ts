import { open } from './open.js';
import { everything, perType, type Profile } from './profile.js';

/**
 * HAPI JPA: an identical search within a minute gets the old rows, a next link leads to the base and works for an
 * hour. It is a store of resources: whoever books a slot sees to the slot.
 */
export const hapi: Profile = {
  ...open,
  rows: {
    'Appointment interactions': 'all',
    'Appointment search params': 'full R4',
    '_lastUpdated on Appointment': 'yes',
    '_lastUpdated on Patient': 'yes',
    'Unknown search param': '400 (config)',
    'Date prefixes': 'all',
    _include: 'yes',
    Paging: 'stored search, `_getpages`; kept 60 min; max 200 suggested',
    _count: 'default 20',
    'POST _search': 'yes',
    'If-None-Exist': 'yes',
    'If-Match': '412',
    PATCH: 'JSON + FHIRPath',
    'batch / transaction': 'both',
    Communication: 'all',
    'Other write targets': 'all',
    'Consent / AuditEvent / Subscription': 'all, rest-hook optional',
    'Slot / Schedule': 'yes',
    'Throttling signal': 'none',
    'Read-after-write in search': 'identical search reuses a cached result for 60 s by default',
    'Merged patient': 'Patient.link',
  },
  types: perType((type) => ({
    ...open.types[type],
    interactions: offers(type),
    operations: [],
  })),
  search: { ...open.search, cacheSeconds: 60, keptMinutes: 60, pageParam: '_getpages', pagesAt: 'base' },
  writes: { ...open.writes, slots: 'plain' },
  throttling: 'silent',
};

function offers(type: string) {
  // The standard way to say that a patient confirms; hardly any installation has it (section 3).
  if (type === 'AppointmentResponse') return [];
  return type === 'Binary' ? (['read'] as const).slice() : everything;
}

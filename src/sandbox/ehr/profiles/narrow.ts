import { open, paramsWithout, perType, type Profile, readOnly } from './profile.js';

/** Like the large vendors: appointments can only be read, changes cannot be polled, a retried create makes a copy. */
export const narrow: Profile = {
  ...open,
  handling: 'lenient',
  refusedParams: ['_lastUpdated'],
  types: perType((type) => ({
    interactions: type === 'Communication' ? [...readOnly, 'create'] : readOnly,
    searchParams: paramsWithout(type, '_lastUpdated'),
    conditionalCreate: false,
  })),
};

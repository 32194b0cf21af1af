import { open, paramsWithout, perType, type Profile, readOnly } from './profile.js';

/**
 * Epic R4: unknown parameters, `_lastUpdated` among them, are ignored with a warning; results are capped; merged
 * records redirect; the codes are those of its OperationOutcomes.
 */
export const epic: Profile = {
  ...open,
  handling: 'lenient',
  types: perType((type) => ({
    interactions: type === 'Communication' ? [...readOnly, 'create'] : readOnly,
    searchParams: paramsWithout(type, '_lastUpdated'),
    conditionalCreate: false,
  })),
  search: {
    ...open.search,
    rowCap: (type) => (type === 'Patient' ? { rows: 100, code: '4127' } : { rows: 1000, code: '59133' }),
    keptMinutes: 30,
    expiredStatus: 400,
    postQuery: 'ignored',
  },
  mergedPatients: 'redirect',
  codes: {
    'ignored-parameter': '4122',
    'nothing-found': '4101',
    'expired-page': '4113',
    restricted: '4130',
    merged: '4107',
  },
};

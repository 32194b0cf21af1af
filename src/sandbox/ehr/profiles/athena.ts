import type { ResourceType } from '../resource.js';
import { open, paramsWithout, perType, type Profile, readOnly } from './profile.js';

const searchParams: Partial<Record<ResourceType, string[]>> = { Appointment: ['_id'] };

/** athenahealth FHIR: an appointment is found by its id alone, there is no Communication, nothing is written. */
export const athena: Profile = {
  ...open,
  types: perType((type) => ({
    interactions: type === 'Communication' ? [] : readOnly,
    searchParams: searchParams[type] ?? paramsWithout(type),
    conditionalCreate: false,
  })),
  search: {
    ...open.search,
    pageParam: 'cursor',
    includes: false,
    refusal: (type, params) =>
      type === 'Appointment' && !params.has('_id') ? 'Appointments are searched by _id' : undefined,
  },
};

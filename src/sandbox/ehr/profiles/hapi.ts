import { open, type Profile } from './profile.js';

/** HAPI JPA: an identical search within a minute gets the old rows, a next link works for an hour. */
export const hapi: Profile = {
  ...open,
  search: { ...open.search, cacheSeconds: 60, keptMinutes: 60 },
};

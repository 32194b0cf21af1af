import type { HospitalData } from '../dataset/index.js';
import type { MovableClock } from './clock.js';
import { type Profile, profileOf } from './profiles.js';
import { type ResourceType, resourceTypes, type StoredResource } from './resource.js';
import { PageBook } from './search/page-book.js';
import { searchParameters } from './search/parameters.js';
import { ResourceStore } from './store.js';

/** One hospital's EHR. */
export interface Hospital {
  slug: string;
  name: string;
  timeZone: string;
  profile: Profile;
  stores: Record<ResourceType, ResourceStore>;
  pages: PageBook;
}

export function openHospital(data: HospitalData, clock: MovableClock): Hospital {
  const { slug, name, timeZone } = data;
  const stores = Object.fromEntries(
    resourceTypes.map((type) => [
      type,
      new ResourceStore({ parameters: searchParameters[type], zone: timeZone, clock }),
    ]),
  ) as Record<ResourceType, ResourceStore>;
  const rows = [...data.patients, ...data.practitioners, ...data.locations, ...data.appointments];
  for (const row of rows) stores[row.resourceType].put(row as unknown as StoredResource);
  return { slug, name, timeZone, profile: profileOf(slug), stores, pages: new PageBook() };
}

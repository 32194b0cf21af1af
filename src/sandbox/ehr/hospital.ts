import { type HospitalData, resourcesOf } from '../dataset/hospital-data.js';
import type { EhrEvent } from '../dataset/events/event.js';
import { type Clock, SkewedClock } from './clock.js';
import { Engine } from './engine/engine.js';
import { type ProfileName, profiles } from './profiles/index.js';
import type { Profile } from './profiles/profile.js';
import { isResourceType, type ResourceType, resourceTypes, type StoredResource } from './resource.js';
import { PageBook } from './search/page-book.js';
import { searchParameters } from './search/parameters.js';
import { SearchCache } from './search/search-cache.js';
import { SmartServer } from './smart/server.js';
import { ResourceStore } from './store.js';
import { Subscriptions } from './subscriptions/subscriptions.js';

/** One hospital's EHR. */
export interface Hospital {
  slug: string;
  name: string;
  timeZone: string;
  profileName: ProfileName;
  readonly profile: Profile;
  clock: SkewedClock;
  stores: Record<ResourceType, ResourceStore>;
  pages: PageBook;
  searches: SearchCache;
  /** Of creates that must not be repeated. */
  idempotencyKeys: Set<string>;
  /** Until when a visit is held that is not booked yet, in milliseconds since 1970, by its id. */
  holds: Map<string, number>;
  cases: Record<string, string[]>;
  events: EhrEvent[];
  smart: SmartServer;
  engine: Engine;
  subscriptions: Subscriptions;
}

export function openHospital(data: HospitalData, rightClock: Clock, profileName: ProfileName): Hospital {
  const { slug, name, timeZone, cases, events } = data;
  const clock = new SkewedClock(rightClock);
  const engine = new Engine(clock);
  const subscriptions = new Subscriptions(() => hospital);
  const stores = Object.fromEntries(
    resourceTypes.map((type) => [
      type,
      new ResourceStore({
        parameters: searchParameters[type],
        zone: timeZone,
        clock,
        changed: (id) => {
          engine.tell(`${type}/${id}`);
          subscriptions.changed(type, id);
        },
      }),
    ]),
  ) as Record<ResourceType, ResourceStore>;
  for (const row of resourcesOf(data)) stores[row.resourceType].put(row as unknown as StoredResource);
  for (const reference of data.deleted) {
    const [type, id = ''] = reference.split('/');
    if (isResourceType(type)) stores[type].markDeleted(id);
  }
  const hospital: Hospital = {
    ...{ slug, name, timeZone, profileName, clock, stores, cases, events },
    get profile() {
      return profiles[this.profileName];
    },
    pages: new PageBook(clock),
    searches: new SearchCache(clock),
    idempotencyKeys: new Set(),
    holds: new Map(),
    smart: new SmartServer(slug, clock),
    engine,
    subscriptions,
  };
  return hospital;
}

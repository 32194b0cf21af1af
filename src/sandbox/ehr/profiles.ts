import { type ResourceType, resourceTypes } from './resource.js';
import { searchParameters } from './search/parameters.js';

export type WriteInteraction = 'create' | 'update' | 'patch' | 'delete';
export type Interaction = 'capabilities' | 'read' | 'search-type' | WriteInteraction;

export interface TypeProfile {
  interactions: Interaction[];
  searchParams: string[];
  conditionalCreate: boolean;
}

/** What one vendor's server allows. */
export interface Profile {
  types: Record<ResourceType, TypeProfile>;
  /** Strict answers 400 to an unknown search parameter, lenient drops it with a warning. */
  handling: 'strict' | 'lenient';
  /** Parameters refused even where unknown ones are dropped. */
  refusedParams: string[];
}

const everything: Interaction[] = ['read', 'search-type', 'create', 'update', 'patch', 'delete'];

/** A plain FHIR server: everything is allowed. */
const open: Profile = {
  handling: 'strict',
  refusedParams: [],
  types: perType((type) => ({
    interactions: everything,
    searchParams: Object.keys(searchParameters[type]),
    conditionalCreate: true,
  })),
};

/** Like the large vendors: appointments can only be read, changes cannot be polled, a retried create makes a copy. */
const narrow: Profile = {
  handling: 'lenient',
  refusedParams: ['_lastUpdated'],
  types: perType((type) => ({
    interactions: type === 'Communication' ? ['read', 'search-type', 'create'] : ['read', 'search-type'],
    searchParams: Object.keys(searchParameters[type]).filter((name) => name !== '_lastUpdated'),
    conditionalCreate: false,
  })),
};

const profilesBySlug: Record<string, Profile> = { 'st-marys': open, harbour: narrow };

/** The profile of a hospital; `open` for one that has none of its own. */
export const profileOf = (slug: string): Profile => profilesBySlug[slug] ?? open;

function perType(make: (type: ResourceType) => TypeProfile): Record<ResourceType, TypeProfile> {
  return Object.fromEntries(resourceTypes.map((type) => [type, make(type)])) as Record<
    ResourceType,
    TypeProfile
  >;
}

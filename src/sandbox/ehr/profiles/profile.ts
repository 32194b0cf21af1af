import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { type ResourceType, resourceTypes } from '../resource.js';
import { searchParameters } from '../search/parameters.js';

export type WriteInteraction = 'create' | 'update' | 'patch' | 'delete';
export type Interaction = 'capabilities' | 'read' | 'search-type' | WriteInteraction;

export interface TypeProfile {
  interactions: Interaction[];
  searchParams: string[];
  conditionalCreate: boolean;
}

/** What one vendor's server allows, and how it goes about it. */
export interface Profile {
  types: Record<ResourceType, TypeProfile>;
  /** Strict answers 400 to an unknown search parameter, lenient drops it with a warning. */
  handling: 'strict' | 'lenient';
  /** Parameters refused even where unknown ones are dropped. */
  refusedParams: string[];
  search: SearchHabits;
  writes: WriteHabits;
  /** A record that was merged into another is shown with its link, or the client is sent on with 301. */
  mergedPatients: 'link' | 'redirect';
  /** The vendor's own codes in an OperationOutcome. */
  codes: Partial<Record<OutcomeCode, string>>;
  /** Something other than JSON is refused with 406 and an empty body. */
  silentNotAcceptable: boolean;
}

export type OutcomeCode = 'ignored-parameter' | 'nothing-found' | 'expired-page' | 'restricted' | 'merged';

export interface SearchHabits {
  defaultCount: number;
  maxCount: number;
  /** More rows are not shown; the code of the outcome that says so. */
  rowCap?: (type: ResourceType) => { rows: number; code: string };
  pageParam: '_page' | 'cursor';
  /** How long a next link works. */
  keptMinutes: number;
  expiredStatus: 400 | 410;
  /** So many rows of a page come again at the top of the next one. */
  repeatedRows: number;
  /** How long an identical search gets the rows of the one before, unless the client says no-cache. */
  cacheSeconds: number;
  /** How long a change cannot be found, and its row not at all, unless the client asks for strong consistency. */
  lagSeconds: number;
  includes: boolean;
  /** What POST _search does with the query string. */
  postQuery: 'read' | 'ignored';
  /** What a search must be like to be answered at all; undefined when it is. */
  refusal?: (type: ResourceType, params: URLSearchParams) => string | undefined;
}

export interface WriteHabits {
  /** Without If-Match a change is refused with 412. */
  ifMatchRequired: boolean;
  staleStatus: 409 | 412;
  /** The paths that a JSON Patch may touch; any without it. */
  patchPaths?: Partial<Record<ResourceType, string[]>>;
  /** What the vendor forbids beyond R4; 422. */
  issues?: (after: Resource, before?: Resource) => Issue[];
  /** A header that makes a repeated create answer 409. */
  idempotencyHeader?: string;
}

export const everything: Interaction[] = ['read', 'search-type', 'create', 'update', 'patch', 'delete'];
export const readOnly: Interaction[] = ['read', 'search-type'];

/** A plain FHIR server: everything is allowed. */
export const open: Profile = {
  handling: 'strict',
  refusedParams: [],
  types: perType((type) => ({
    interactions: everything,
    searchParams: Object.keys(searchParameters[type]),
    conditionalCreate: true,
  })),
  search: {
    defaultCount: 20,
    maxCount: 200,
    pageParam: '_page',
    keptMinutes: Infinity,
    expiredStatus: 410,
    repeatedRows: 0,
    cacheSeconds: 0,
    lagSeconds: 0,
    includes: true,
    postQuery: 'read',
  },
  writes: { ifMatchRequired: false, staleStatus: 412 },
  mergedPatients: 'link',
  codes: {},
  silentNotAcceptable: false,
};

export function perType(make: (type: ResourceType) => TypeProfile): Record<ResourceType, TypeProfile> {
  return Object.fromEntries(resourceTypes.map((type) => [type, make(type)])) as Record<
    ResourceType,
    TypeProfile
  >;
}

/** The names of the search parameters of a type, but for these. */
export const paramsWithout = (type: ResourceType, ...names: string[]): string[] =>
  Object.keys(searchParameters[type]).filter((name) => !names.includes(name));

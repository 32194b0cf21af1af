import type { Issue } from '../fhir/refusal.js';
import type { Resource, ResourceType, StoredResource } from '../resource.js';
import { resourceTypes } from '../resource.js';
import type { Prefix } from '../search/date-range.js';
import type { SubscriptionKind } from '../subscriptions/wish.js';
import type { RowName, Rows } from './rows.js';

export type WriteInteraction = 'create' | 'update' | 'patch' | 'delete';
export type Interaction = 'capabilities' | 'read' | 'search-type' | 'operation' | WriteInteraction;

export interface TypeProfile {
  interactions: Interaction[];
  searchParams: string[];
  /** Taken beside one of `searchParams` only, and applied to what those found. */
  postFilters: string[];
  /** What `_include` may name; `*` is everything. */
  includes: string[];
  /** Codes such as `book`, called as `POST {type}/$book`. */
  operations: string[];
  conditionalCreate: boolean;
}

/** What one vendor's server allows, and how it goes about it. */
export interface Profile {
  /** The vendor's column of the reference; a refusal quotes its row. */
  rows: Rows;
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
  /** What a path of a tenant that is not there is answered with. */
  unknownTenantStatus: 403 | 404;
  /** How a client that asks too much is told: when to come back, with RateLimit headers too, or not at all. */
  throttling: 'retry-after' | 'rate-limit' | 'silent';
  /** The kinds of Subscription that the server acts upon; others are stored, if at all, and nothing comes of them. */
  push: SubscriptionKind[];
  /** How the vendor shows a row, where that is not how it is stored. */
  shows?: (row: StoredResource, interaction: Interaction) => StoredResource;
}

export type OutcomeCode = 'ignored-parameter' | 'nothing-found' | 'expired-page' | 'restricted' | 'merged';

/** Why the vendor says no, and the row that says so. */
export interface VendorRefusal {
  why: string;
  row: RowName;
}

export interface SearchHabits {
  defaultCount: number;
  maxCount: number;
  /** More are given than a smaller `_count` asks for. */
  minCount: Partial<Record<ResourceType, number>>;
  /** `_count` says nothing where `_id` is asked for. */
  countIgnoredWithId: boolean;
  /** The date parameter by which rows come where the client asks for no order. */
  usualOrder?: Partial<Record<ResourceType, string>>;
  /** More rows are not shown; the code of the outcome that says so. */
  rowCap?: (type: ResourceType) => { rows: number; code: string };
  /** Rows that `_include` brings to one page; the others are left out in silence. */
  maxIncluded: number;
  pageParam: '_page' | '_getpages' | 'cursor' | 'page';
  /** A next link leads to the type that was searched, or to the base. */
  pagesAt: 'type' | 'base';
  /** How long a next link works. */
  keptMinutes: number;
  expiredStatus: 400 | 410;
  /** So many rows of a page come again at the top of the next one. */
  repeatedRows: number;
  /** How long an identical search gets the rows of the one before, unless the client says no-cache. */
  cacheSeconds: number;
  /** How long a change cannot be found, and its row not at all, unless the client asks for strong consistency. */
  lagSeconds: number;
  /** Others are refused. */
  datePrefixes: readonly Prefix[];
  /** What POST _search does with the query string: `exclusive` refuses one beside a body. */
  postQuery: 'read' | 'ignored' | 'exclusive';
  /** What a search must be like to be answered at all; undefined when it is. */
  refusal?: (type: ResourceType, params: URLSearchParams) => VendorRefusal | undefined;
  /** What a search shows only when it is asked for by `_id`. */
  hides?: (row: StoredResource) => boolean;
}

export interface WriteHabits {
  /** Without If-Match a change is refused with 412. */
  ifMatchRequired: boolean;
  staleStatus: 409 | 412;
  /** What the vendor forbids beyond R4 in a JSON Patch; 422. */
  patchIssues?: (steps: PatchStep[], before: StoredResource) => VendorIssue[];
  /** What the vendor forbids beyond R4; 422. */
  issues?: (after: Resource, before?: Resource) => VendorIssue[];
  /** What the server itself adds to what it is given to create. */
  completes?: (created: Resource) => Resource;
  /** A header that makes a repeated create answer 409. */
  idempotencyHeader?: string;
  /** A write is answered with the row, or with headers alone. */
  answers: 'representation' | 'empty';
  /** Whether the status of a slot follows its appointment and a taken one is refused, or the client sees to both. */
  slots: 'managed' | 'plain';
  /** Times, practitioner and place of a booked visit are those of its slot. */
  timesFromSlot: boolean;
  /** Attachments of these types are kept as Binary too. */
  binaries: ResourceType[];
}

export type VendorIssue = Issue & { row?: RowName };

export interface PatchStep {
  op: string;
  path: string;
  value?: unknown;
}

export const everything: Interaction[] = ['read', 'search-type', 'create', 'update', 'patch', 'delete'];
export const readOnly: Interaction[] = ['read', 'search-type'];

export function perType(
  make: (type: ResourceType) => Partial<TypeProfile>,
): Record<ResourceType, TypeProfile> {
  const nothing: TypeProfile = {
    interactions: [],
    searchParams: [],
    postFilters: [],
    includes: [],
    operations: [],
    conditionalCreate: false,
  };
  return Object.fromEntries(resourceTypes.map((type) => [type, { ...nothing, ...make(type) }])) as Record<
    ResourceType,
    TypeProfile
  >;
}

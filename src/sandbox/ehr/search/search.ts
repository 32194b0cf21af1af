import type { Bundle, BundleEntry, BundleLink, FhirResource } from 'fhir/r4.js';
import type { IncomingHttpHeaders } from 'node:http';
import { type Issue, operationOutcome, Refusal, refuse } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import { quoting } from '../profiles/rows.js';
import { isResourceType, type ResourceType, type StoredResource } from '../resource.js';
import { isRestricted } from '../restricted.js';
import type { Crawl } from './page-book.js';
import { searchParameters } from './parameters.js';
import { type Query, readQuery, type Search, type SortKey } from './query.js';

/** `base` is the FHIR base as the client addressed it: links are absolute. */
export type SearchRequest = Search & {
  base: string;
  headers: IncomingHttpHeaders;
  repeatedRows: number;
  offset: number | undefined;
};

/** A searchset: the first page of a new search, or the page that the page parameter names. */
export function search(request: SearchRequest): Bundle {
  const { hospital, type, params, base } = request;
  const pageId = params.get(hospital.profile.search.pageParam);
  if (pageId) return laterPage(request, pageId);
  const refusal = hospital.profile.search.refusal?.(type, params);
  if (refusal) {
    const { why, row } = refusal;
    throw refuse(400, 'business-rule', quoting(hospital.profile, row, why));
  }
  const query = readQuery(request);
  const found = foundIds(request, query);
  const { ids: shown, warning } = capped(hospital, type, found);
  const ids = filtered(hospital, type, { ids: shown, query });
  const self = `${base}/${type}${params.size > 0 ? `?${params}` : ''}`;
  const warnings = [...query.warnings, ...warning, ...nothingFound(hospital, ids)];
  const first = { hospital, base, self, warnings, repeatedRows: 0 };
  const crawl = { type, ids, includes: query.includes, count: query.count };
  if (request.offset !== undefined) return offsetPage({ ...first, crawl, offset: request.offset });
  const key = crawl.count > 0 && ids.length > crawl.count ? hospital.pages.open(crawl) : undefined;
  const nextOf = key === undefined ? undefined : (end: number) => linkTo(first, crawl, { key, end });
  return page({ ...first, crawl, offset: 0, nextOf });
}

/** A page of a search made anew, by when its rows were changed last: a change moves those behind it to the front. */
function offsetPage({ crawl, ...rest }: Omit<Page, 'nextOf'>): Bundle {
  const { hospital, self } = rest;
  const changed = (id: string): number =>
    Date.parse(hospital.stores[crawl.type].get(id)?.meta.lastUpdated ?? '');
  const ids = [...crawl.ids].sort((a, b) => changed(a) - changed(b));
  const nextOf = (end: number): string => `${self}${self.includes('?') ? '&' : '?'}_offset=${end}`;
  return page({ ...rest, crawl: { ...crawl, ids }, nextOf });
}

function linkTo(
  { hospital, base }: Pick<Page, 'hospital' | 'base'>,
  { type }: Crawl,
  { key, end }: { key: string; end: number },
): string {
  const { pageParam } = hospital.profile.search;
  return `${pageBase(hospital, base, type)}?${pageParam}=${hospital.pages.pageId(key, end)}`;
}

function laterPage({ hospital, base, type, repeatedRows }: SearchRequest, pageId: string): Bundle {
  const { pageParam, keptMinutes, expiredStatus } = hospital.profile.search;
  const found = hospital.pages.read(pageId, keptMinutes);
  if (!found) {
    const vendorCode = hospital.profile.codes['expired-page'];
    const diagnostics = quoting(hospital.profile, 'Paging', 'This page is no longer kept; search again');
    throw new Refusal(expiredStatus, { code: 'expired', diagnostics, vendorCode });
  }
  const { key, crawl, offset } = found;
  const self = `${pageBase(hospital, base, type)}?${pageParam}=${pageId}`;
  const nextOf = (end: number): string => linkTo({ hospital, base }, crawl, { key, end });
  return page({ hospital, base, crawl, offset, nextOf, self, warnings: [], repeatedRows });
}

/** The rows that match and can be seen, in order; at some servers those of a moment ago. */
function foundIds(request: SearchRequest, query: Query): string[] {
  const { hospital, type, headers, params } = request;
  const { cacheSeconds } = hospital.profile.search;
  const find = (): string[] => {
    const { hides } = hospital.profile.search;
    const rows = hospital.stores[type]
      .find(query.criteria)
      .filter(visible(hospital, headers))
      .filter((row) => params.has('_id') || !hides?.(row));
    return sorted(rows, query.sort).map(({ id }) => id);
  };
  const fresh = /no-cache|no-store/.test(headers['cache-control'] ?? '');
  if (cacheSeconds === 0 || fresh) return find();
  return hospital.searches.ids(`${type}?${params}`, cacheSeconds, find);
}

function visible(hospital: Hospital, headers: IncomingHttpHeaders): (row: StoredResource) => boolean {
  const { lagSeconds } = hospital.profile.search;
  const strong = headers['x-amz-fhir-history-consistency-level'] === 'strong';
  const newest = strong || lagSeconds === 0 ? Infinity : hospital.clock.now().getTime() - lagSeconds * 1000;
  return (row) =>
    (newest === Infinity || Date.parse(row.meta.lastUpdated) <= newest) && !isRestricted(hospital, row);
}

/** What only filters is applied to what is shown at all. */
function filtered(
  { stores }: Hospital,
  type: ResourceType,
  { ids, query: { postFilters } }: { ids: string[]; query: Query },
): string[] {
  if (postFilters.length === 0) return ids;
  return ids.filter((id) => {
    const row = stores[type].get(id);
    return row !== undefined && postFilters.every(({ matches }) => matches(row));
  });
}

function capped(
  { profile }: Hospital,
  type: ResourceType,
  ids: string[],
): { ids: string[]; warning: Issue[] } {
  const cap = profile.search.rowCap?.(type);
  if (!cap || ids.length <= cap.rows) return { ids, warning: [] };
  const why = `Only the first ${cap.rows} rows are shown; additional data may exist`;
  const diagnostics = quoting(profile, '_count', why);
  const warning: Issue[] = [{ code: 'too-costly', diagnostics, vendorCode: cap.code }];
  return { ids: ids.slice(0, cap.rows), warning };
}

function nothingFound({ profile }: Hospital, ids: string[]): Issue[] {
  const vendorCode = profile.codes['nothing-found'];
  if (!vendorCode || ids.length > 0) return [];
  return [{ code: 'not-found', diagnostics: 'No resources were found', vendorCode }];
}

interface Page {
  hospital: Hospital;
  base: string;
  crawl: Crawl;
  offset: number;
  /** The link to the page that begins there; without it there is only one page. */
  nextOf?: (end: number) => string;
  self: string;
  warnings: Issue[];
  repeatedRows: number;
}

function page({ hospital, base, crawl, nextOf, offset, self, warnings, repeatedRows }: Page): Bundle {
  const link: BundleLink[] = [{ relation: 'self', url: self }];
  const end = offset + crawl.count;
  if (nextOf && end < crawl.ids.length) link.push({ relation: 'next', url: nextOf(end) });
  const rows = crawl.ids
    .slice(Math.max(0, offset - repeatedRows), end)
    .flatMap((id) => hospital.stores[crawl.type].get(id) ?? []);
  const entry = [
    ...warnings.map(warningEntry),
    ...rows.map((row) => rowEntry(base, shown(hospital, row), 'match')),
    ...included(hospital, crawl, rows).map((row) => rowEntry(base, shown(hospital, row), 'include')),
  ];
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: crawl.ids.length,
    link,
    ...(entry.length > 0 && { entry }),
  };
}

function pageBase({ profile }: Hospital, base: string, type: ResourceType): string {
  return profile.search.pagesAt === 'base' ? base : `${base}/${type}`;
}

const shown = ({ profile }: Hospital, row: StoredResource): StoredResource =>
  profile.shows?.(row, 'search-type') ?? row;

function rowEntry(base: string, row: StoredResource, mode: 'match' | 'include'): BundleEntry {
  const resource = row as unknown as FhirResource;
  return { fullUrl: `${base}/${row.resourceType}/${row.id}`, resource, search: { mode } };
}

function warningEntry(issue: Issue): BundleEntry {
  const resource = operationOutcome([issue], 'warning');
  return { resource, search: { mode: 'outcome' } };
}

/** Each row once per page; a reference that leads nowhere is left out. */
function included(hospital: Hospital, { type, includes }: Crawl, rows: StoredResource[]): StoredResource[] {
  const references = new Set(
    rows.flatMap((row) => includes.flatMap((name) => referencesOf(type, name, row))),
  );
  const found = [...references].flatMap((reference) => {
    const [target, id = ''] = reference.split('/');
    const row = isResourceType(target) ? hospital.stores[target].get(id) : undefined;
    return row && !isRestricted(hospital, row) ? row : [];
  });
  return found.slice(0, hospital.profile.search.maxIncluded);
}

function referencesOf(type: Crawl['type'], name: string, row: StoredResource): string[] {
  const parameter = searchParameters[type][name];
  return parameter?.type === 'reference' ? parameter.values(row) : [];
}

function sorted(rows: StoredResource[], keys: SortKey[]): StoredResource[] {
  if (keys.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const { valueOf, descending } of keys) {
      const [left, right] = [valueOf(a), valueOf(b)];
      if (left !== right) return left < right === descending ? 1 : -1;
    }
    return 0;
  });
}

import type { Bundle, BundleEntry, BundleLink, FhirResource } from 'fhir/r4.js';
import { operationOutcome } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import { isResourceType, type StoredResource } from '../resource.js';
import type { Crawl } from './page-book.js';
import { searchParameters } from './parameters.js';
import { readQuery, type Search, type SortKey } from './query.js';

/** `base` is the FHIR base as the client addressed it: links are absolute. */
export type SearchRequest = Search & { base: string };

/** A searchset: the first page of a new search, or the page that `_page` names. */
export function search(request: SearchRequest): Bundle {
  const { hospital, type, params, base } = request;
  const pageId = params.get('_page');
  if (pageId) return laterPage(request, pageId);
  const query = readQuery(request);
  const rows = sorted(hospital.stores[type].find(query.criteria), query.sort);
  const crawl = { type, ids: rows.map(({ id }) => id), includes: query.includes, count: query.count };
  const key = crawl.count > 0 && rows.length > crawl.count ? hospital.pages.open(crawl) : undefined;
  const self = `${base}/${type}${params.size > 0 ? `?${params}` : ''}`;
  return page({ hospital, base, crawl, key, offset: 0, self, warnings: query.warnings });
}

function laterPage({ hospital, base, type }: SearchRequest, pageId: string): Bundle {
  const { key, crawl, offset } = hospital.pages.read(pageId);
  return page({ hospital, base, crawl, key, offset, self: `${base}/${type}?_page=${pageId}`, warnings: [] });
}

interface Page {
  hospital: Hospital;
  base: string;
  crawl: Crawl;
  key: string | undefined;
  offset: number;
  self: string;
  warnings: string[];
}

function page({ hospital, base, crawl, key, offset, self, warnings }: Page): Bundle {
  const link: BundleLink[] = [{ relation: 'self', url: self }];
  const end = offset + crawl.count;
  if (key && end < crawl.ids.length) {
    link.push({ relation: 'next', url: `${base}/${crawl.type}?_page=${hospital.pages.pageId(key, end)}` });
  }
  const rows = crawl.ids.slice(offset, end).flatMap((id) => hospital.stores[crawl.type].get(id) ?? []);
  const entry = [
    ...warnings.map(warningEntry),
    ...rows.map((row) => rowEntry(base, row, 'match')),
    ...included(hospital, crawl, rows).map((row) => rowEntry(base, row, 'include')),
  ];
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: crawl.ids.length,
    link,
    ...(entry.length > 0 && { entry }),
  };
}

function rowEntry(base: string, row: StoredResource, mode: 'match' | 'include'): BundleEntry {
  const resource = row as unknown as FhirResource;
  return { fullUrl: `${base}/${row.resourceType}/${row.id}`, resource, search: { mode } };
}

function warningEntry(diagnostics: string): BundleEntry {
  const resource = operationOutcome([{ code: 'not-supported', diagnostics }], 'warning');
  return { resource, search: { mode: 'outcome' } };
}

/** Each row once per page; a reference that leads nowhere is left out. */
function included(hospital: Hospital, { type, includes }: Crawl, rows: StoredResource[]): StoredResource[] {
  const references = new Set(
    rows.flatMap((row) => includes.flatMap((name) => referencesOf(type, name, row))),
  );
  return [...references].flatMap((reference) => {
    const [target, id = ''] = reference.split('/');
    return isResourceType(target) ? (hospital.stores[target].get(id) ?? []) : [];
  });
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

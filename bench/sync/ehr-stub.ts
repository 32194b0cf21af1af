import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Appointment, CapabilityStatement, FhirResource } from 'fhir/r4.js';
import { serve } from '../support/program.js';
import { companionsOf, LARGE, makeCompanion, makeGroups, makeVisits, type Size, USUAL } from './hospital.js';

const PAGE_SIZE = 100;

/** What was asked of one hospital. */
export interface Asked {
  /** Milliseconds of the machine's clock at the first page of a sync; null before it. */
  firstPageAt: number | null;
  /** Paths of every page since then, in their order. */
  pages: string[];
}

export type StubQuestion =
  /** `open` fills the hospital's calendar: until then it has nothing but the group visits that name everybody. */
  { ask: 'address' } | { ask: 'open' | 'asked' | 'forget'; hospital: string };

/** A row and its bytes, as they stand in a page. */
interface Row {
  visit: Appointment;
  text: string;
}

interface Calendar {
  groups: Row[];
  all: Row[];
}

const now = new Date();
const calendars = new Map<Size, Calendar>();
const companions = new Map<string, string>();
const open = new Set<string>();
/** Built once per search: a page leaves as bytes that lie ready. */
const searches = new Map<string, Buffer[]>();
const askedOf = new Map<string, Asked>();

const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://stub');
  const [, hospital = '', , type = ''] = url.pathname.split('/');
  const body = type === 'metadata' ? STATEMENT : type === 'Appointment' ? pageOf(hospital, url) : null;
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/fhir+json' });
  response.end(body ?? NOT_FOUND);
});

function pageOf(hospital: string, { search, searchParams }: URL): Buffer {
  // The probe tries one row.
  if (searchParams.get('_count') !== '1') note(hospital, search);
  const place = Number(searchParams.get('page') ?? 0);
  searchParams.delete('page');
  const query = searchParams.toString();
  const size = hospital.startsWith('large') ? LARGE : USUAL;
  const key = `${size.visits} ${open.has(hospital)} ${query}`;
  const { groups, all } = calendarOf(size);
  const pages = searches.get(key) ?? build(open.has(hospital) ? all : groups, query);
  searches.set(key, pages);
  return pages[place]!;
}

function note(hospital: string, search: string): void {
  const asked = askedOf.get(hospital) ?? { firstPageAt: null, pages: [] };
  askedOf.set(hospital, asked);
  asked.firstPageAt ??= Date.now();
  asked.pages.push(`Appointment${search}`);
}

function calendarOf(size: Size): Calendar {
  const known = calendars.get(size);
  if (known) return known;
  const groups = makeGroups(now, size).map(rowOf);
  const calendar = { groups, all: [...groups, ...makeVisits(now, size).map(rowOf)] };
  calendars.set(size, calendar);
  return calendar;
}

function rowOf(visit: Appointment): Row {
  return { visit, text: entryOf(visit, 'match') };
}

function entryOf(resource: FhirResource, mode: 'match' | 'include'): string {
  return JSON.stringify({ resource, search: { mode } });
}

/** A patient's record is the same at every hospital: it is written out once. */
function companionOf(reference: string): string {
  const text = companions.get(reference) ?? entryOf(makeCompanion(reference, now), 'include');
  companions.set(reference, text);
  return text;
}

function build(calendar: Row[], query: string): Buffer[] {
  const found = calendar.filter(({ visit }) => matches(visit, new URLSearchParams(query)));
  const pages: Buffer[] = [];
  for (let start = 0; start === 0 || start < found.length; start += PAGE_SIZE) {
    const next: string | null =
      start + PAGE_SIZE < found.length ? `Appointment?${query}&page=${pages.length + 1}` : null;
    pages.push(bundle(found.slice(start, start + PAGE_SIZE), { total: found.length, next }));
  }
  return pages;
}

function matches({ start, meta }: Appointment, query: URLSearchParams): boolean {
  const since = query.get('_lastUpdated')?.slice(2);
  if (since && Date.parse(meta!.lastUpdated!) < Date.parse(since)) return false;
  return query.getAll('date').every((limit) => {
    const at = Date.parse(limit.slice(2));
    return limit.startsWith('ge') ? Date.parse(start!) >= at : Date.parse(start!) < at;
  });
}

function bundle(page: Row[], { total, next }: { total: number; next: string | null }): Buffer {
  const present = companionsOf(page.map(({ visit }) => visit)).map(companionOf);
  const entry = [...page.map(({ text }) => text), ...present].join();
  const link = next === null ? [] : [{ relation: 'next', url: next }];
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link });
  return Buffer.from(`${head.slice(0, -1)},"entry":[${entry}]}`);
}

function statement(): CapabilityStatement {
  const interaction = [{ code: 'read' as const }, { code: 'search-type' as const }];
  const searchParam = [
    { name: '_lastUpdated', type: 'date' as const },
    { name: 'date', type: 'date' as const },
  ];
  const searchInclude = ['Appointment:patient', 'Appointment:practitioner', 'Appointment:location'];
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [{ mode: 'server', resource: [{ type: 'Appointment', interaction, searchParam, searchInclude }] }],
  };
}

const STATEMENT = Buffer.from(JSON.stringify(statement()));
const NOT_FOUND = JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'not-found' }],
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serve<StubQuestion>((question) => {
    if (question.ask === 'address') return `http://127.0.0.1:${port}`;
    if (question.ask === 'open') return void open.add(question.hospital);
    if (question.ask === 'forget') return void askedOf.delete(question.hospital);
    return askedOf.get(question.hospital) ?? { firstPageAt: null, pages: [] };
  });
});

import { type Issue, refuse } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import type { TypeProfile } from '../profiles/profile.js';
import { quoting, type RowName } from '../profiles/rows.js';
import type { ResourceType, StoredResource } from '../resource.js';
import { compile, type Criterion } from './criterion.js';
import { prefixOf, storedSpan } from './date-range.js';
import type { Parameter } from './parameter-kinds.js';
import { includable, searchParameters } from './parameters.js';

export interface SortKey {
  descending: boolean;
  valueOf(row: StoredResource): string | number;
}

/** A search as the server understood it. */
export interface Query {
  criteria: Criterion[];
  /** Applied to what the criteria found. */
  postFilters: Criterion[];
  /** Names of search parameters whose references are included. */
  includes: string[];
  sort: SortKey[];
  count: number;
  /** What was dropped. */
  warnings: Issue[];
}

interface Reading {
  hospital: Hospital;
  type: ResourceType;
  offered: TypeProfile;
  strict: boolean;
  query: Query;
}

/** Parameters that shape the answer without choosing rows, and are satisfied by any answer. */
const indifferent = ['_format', '_pretty', '_total'];

export interface Search {
  hospital: Hospital;
  type: ResourceType;
  params: URLSearchParams;
  /** The `handling` of the Prefer header, if any. */
  handling?: 'strict' | 'lenient';
}

export function readQuery({ hospital, type, params, handling = hospital.profile.handling }: Search): Query {
  const { defaultCount, countIgnoredWithId, usualOrder } = hospital.profile.search;
  const query: Query = {
    ...{ criteria: [], postFilters: [], includes: [], sort: [], warnings: [] },
    count: defaultCount,
  };
  const offered = hospital.profile.types[type];
  const reading: Reading = { hospital, type, offered, strict: handling === 'strict', query };
  for (const [name, value] of params) {
    if (indifferent.includes(name)) continue;
    const read = shaping[name] ?? filter;
    read(reading, name, value);
  }
  if (countIgnoredWithId && params.has('_id')) query.count = defaultCount;
  order(reading, usualOrder?.[type]);
  assertFinds(reading);
  return query;
}

/** As the vendor does where the client asks for no order. */
function order(reading: Reading, usual: string | undefined): void {
  const key = usual === undefined ? undefined : sortKey(reading, usual);
  if (key && reading.query.sort.length === 0) reading.query.sort.push(key);
}

function assertFinds({ hospital, type, query: { criteria, postFilters } }: Reading): void {
  if (postFilters.length === 0 || criteria.length > 0) return;
  const why = 'Beside what only filters, a search needs a parameter that finds';
  throw refuse(400, 'business-rule', quoting(hospital.profile, paramsRow(type), why));
}

const paramsRow = (type: ResourceType): RowName =>
  type === 'Communication' ? 'Communication' : 'Appointment search params';

const shaping: Record<string, typeof filter> = {
  _count: ({ query, hospital, type }, _name, value) => {
    if (!/^\d{1,6}$/.test(value)) throw refuse(400, 'value', 'The parameter _count needs a whole number');
    const { maxCount, minCount } = hospital.profile.search;
    query.count = Math.min(Math.max(Number(value), minCount[type] ?? 0), maxCount);
  },
  _include: (reading, name, value) => {
    const named = includesOf(reading, value);
    if (named.length > 0) reading.query.includes.push(...named);
    else drop(reading, `${name}=${value}`, '_include');
  },
  _sort: (reading, name, value) => {
    for (const part of value.split(',')) {
      const key = sortKey(reading, part);
      if (key) reading.query.sort.push(key);
      else drop(reading, `${name}=${part}`);
    }
  },
};

function includesOf({ type, offered }: Reading, value: string): string[] {
  const all = includable[type] ?? [];
  const any = offered.includes.includes('*');
  if (value === '*') return any ? all : [];
  const [of, name = ''] = value.split(':');
  return of === type && all.includes(name) && (any || offered.includes.includes(name)) ? [name] : [];
}

function filter(reading: Reading, name: string, value: string): void {
  const { hospital, type, offered, query } = reading;
  if (hospital.profile.refusedParams.includes(name)) {
    const why = `The parameter ${name} cannot be used with ${type}`;
    throw refuse(400, 'not-supported', quoting(hospital.profile, rowOfParameter(type, name), why));
  }
  const parameter = searchParameters[type][name];
  const native = offered.searchParams.includes(name);
  if (!parameter || !(native || offered.postFilters.includes(name))) return drop(reading, name);
  if (parameter.type === 'date') assertPrefixes(reading, name, value);
  const criterion = compile({ name, value, parameter, zone: hospital.timeZone });
  (native ? query.criteria : query.postFilters).push(criterion);
}

function assertPrefixes({ hospital: { profile } }: Reading, name: string, value: string): void {
  const strange = value.split(',').find((part) => !profile.search.datePrefixes.includes(prefixOf(part)));
  if (strange === undefined) return;
  const why = `The parameter ${name} does not take the prefix ${prefixOf(strange)}`;
  throw refuse(400, 'not-supported', quoting(profile, 'Date prefixes', why));
}

function drop(reading: Reading, what: string, row = rowOfParameter(reading.type, what)): void {
  const { hospital, strict, type, query } = reading;
  const words = `${type} search does not know ${what}`;
  if (strict) throw refuse(400, 'not-supported', quoting(hospital.profile, row, words));
  query.warnings.push({
    code: 'not-supported',
    diagnostics: quoting(hospital.profile, row, `${words}; it was ignored`),
    vendorCode: hospital.profile.codes['ignored-parameter'],
  });
}

function rowOfParameter(type: ResourceType, name: string): RowName {
  if (name !== '_lastUpdated') return 'Unknown search param';
  if (type === 'Appointment') return '_lastUpdated on Appointment';
  return type === 'Patient' ? '_lastUpdated on Patient' : 'Unknown search param';
}

function sortKey({ type, offered, hospital }: Reading, part: string): SortKey | undefined {
  const descending = part.startsWith('-');
  const name = descending ? part.slice(1) : part;
  const parameter: Parameter | false | undefined =
    offered.searchParams.includes(name) && searchParameters[type][name];
  if (!parameter) return undefined;
  if (name === '_id') return { descending, valueOf: ({ id }) => id };
  if (parameter.type !== 'date') return undefined;
  return {
    descending,
    valueOf: (row) =>
      storedSpan(parameter.values(row)[0], hospital.timeZone)?.from ?? Number.MAX_SAFE_INTEGER,
  };
}

import { type Issue, refuse } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import type { ResourceType, StoredResource } from '../resource.js';
import { compile, type Criterion } from './criterion.js';
import { storedSpan } from './date-range.js';
import { includable, searchParameters } from './parameters.js';

export interface SortKey {
  descending: boolean;
  valueOf(row: StoredResource): string | number;
}

/** A search as the server understood it. */
export interface Query {
  criteria: Criterion[];
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
  const { defaultCount } = hospital.profile.search;
  const query: Query = { criteria: [], includes: [], sort: [], count: defaultCount, warnings: [] };
  const reading: Reading = { hospital, type, strict: handling === 'strict', query };
  for (const [name, value] of params) {
    if (indifferent.includes(name)) continue;
    const read = shaping[name] ?? filter;
    read(reading, name, value);
  }
  return query;
}

const shaping: Record<string, typeof filter> = {
  _count: ({ query, hospital }, _name, value) => {
    if (!/^\d{1,6}$/.test(value)) throw refuse(400, 'value', 'The parameter _count needs a whole number');
    query.count = Math.min(Number(value), hospital.profile.search.maxCount);
  },
  _include: (reading, name, value) => {
    const [type, parameter = ''] = value.split(':');
    const includes = reading.hospital.profile.search.includes && includable[reading.type];
    const known = type === reading.type && includes && includes.includes(parameter);
    if (known) reading.query.includes.push(parameter);
    else drop(reading, `${name}=${value}`);
  },
  _sort: (reading, name, value) => {
    for (const part of value.split(',')) {
      const key = sortKey(reading, part);
      if (key) reading.query.sort.push(key);
      else drop(reading, `${name}=${part}`);
    }
  },
};

function filter(reading: Reading, name: string, value: string): void {
  const { hospital, type, query } = reading;
  if (hospital.profile.refusedParams.includes(name)) {
    throw refuse(400, 'not-supported', `The parameter ${name} cannot be used with ${type}`);
  }
  const parameter = searchParameters[type][name];
  if (!parameter || !hospital.profile.types[type].searchParams.includes(name)) return drop(reading, name);
  query.criteria.push(compile({ name, value, parameter, zone: hospital.timeZone }));
}

function drop({ hospital, strict, type, query }: Reading, what: string): void {
  const words = `${type} search does not know ${what}`;
  if (strict) throw refuse(400, 'not-supported', words);
  query.warnings.push({
    code: 'not-supported',
    diagnostics: `${words}; it was ignored`,
    vendorCode: hospital.profile.codes['ignored-parameter'],
  });
}

function sortKey({ type, hospital }: Reading, part: string): SortKey | undefined {
  const descending = part.startsWith('-');
  const name = descending ? part.slice(1) : part;
  const parameter = hospital.profile.types[type].searchParams.includes(name) && searchParameters[type][name];
  if (!parameter) return undefined;
  if (name === '_id') return { descending, valueOf: ({ id }) => id };
  if (parameter.type !== 'date') return undefined;
  return {
    descending,
    valueOf: (row) =>
      storedSpan(parameter.values(row)[0], hospital.timeZone)?.from ?? Number.MAX_SAFE_INTEGER,
  };
}

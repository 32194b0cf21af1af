import type { Bundle, BundleEntry } from 'fhir/r4.js';
import type { Exchange } from '../fhir/exchange.js';
import { type Issue, operationOutcome } from '../fhir/refusal.js';
import type { Answer } from '../fhir/request.js';
import { isResourceType, type StoredResource } from '../resource.js';
import type { Effect } from './effect.js';
import type { Fault, FaultName } from './fault-book.js';
import { failure } from './refusals.js';

const REPEATED_ROWS = 3;
const DAY_MS = 86_400_000;
const DEFAULT_PARAMETER = 'date';
const IGNORED_PARAMETER = '4122';

/** Faults in the rows that a search shows. */
export const searchsets = {
  'offset-pages': (exchange) => {
    const { params } = exchange.raw;
    exchange.raw.offset = Number(params.get('_offset') ?? 0);
    params.delete('_offset');
    exchange.reply(exchange.serve());
  },
  'expired-page': (exchange) => {
    exchange.raw.hospital.pages.expire();
    exchange.reply(exchange.serve());
  },
  'repeated-rows': (exchange) => {
    exchange.raw.repeatedRows = REPEATED_ROWS;
    exchange.reply(exchange.serve());
  },
  'changed-rows': changedRows,
  'delete-mid-crawl': (exchange) => {
    const [first] = matchesOf(exchange.answer());
    if (first) storeOf(exchange, first)?.remove(first);
    exchange.reply(exchange.serve());
  },
  incomplete: (exchange, { code }) => {
    const diagnostics = 'Additional data may exist that is not shown';
    warn(exchange, { code: 'incomplete', diagnostics, vendorCode: code });
  },
  'ignored-parameter': (exchange, { parameter = DEFAULT_PARAMETER }) => {
    exchange.raw.params.delete(parameter);
    const vendorCode = exchange.raw.hospital.profile.codes['ignored-parameter'] ?? IGNORED_PARAMETER;
    const diagnostics = `The parameter ${parameter} was ignored`;
    warn(exchange, { code: 'not-supported', diagnostics, vendorCode });
  },
  vanished,
} satisfies Partial<Record<FaultName, Effect>>;

const entriesOf = ({ body }: Answer): BundleEntry[] => (body as Bundle).entry ?? [];

const matchesOf = (answer: Answer): StoredResource[] =>
  entriesOf(answer)
    .filter(({ search }) => search?.mode === 'match')
    .map(({ resource }) => resource as unknown as StoredResource);

const storeOf = ({ raw }: Exchange, { resourceType }: StoredResource) =>
  isResourceType(resourceType) ? raw.hospital.stores[resourceType] : undefined;

function warn(exchange: Exchange, issue: Issue): void {
  const answer = exchange.answer();
  const warning: BundleEntry = {
    resource: operationOutcome([issue], 'warning'),
    search: { mode: 'outcome' },
  };
  const bundle = answer.body as Bundle;
  const isBundle = bundle.resourceType === 'Bundle';
  exchange.answerWith(
    isBundle ? { ...answer, body: { ...bundle, entry: [warning, ...entriesOf(answer)] } } : answer,
  );
}

/** The last rows of the page before come again, in the version that they have got since, or had before. */
function changedRows(exchange: Exchange, { versions = 'newer' }: Fault): void {
  exchange.raw.repeatedRows = REPEATED_ROWS;
  const again = matchesOf(exchange.answer()).slice(0, REPEATED_ROWS);
  if (versions === 'older') return showOlder(exchange, again);
  for (const { id, ...row } of again) {
    const store = storeOf(exchange, { id, ...row } as StoredResource);
    const kept = store?.get(id);
    if (store && kept) store.put(store.stamp(noted(kept, 'changed between two pages'), id));
  }
  exchange.reply(exchange.serve());
}

function showOlder(exchange: Exchange, again: StoredResource[]): void {
  const answer = exchange.answer();
  const entry = entriesOf(answer).map((one) => {
    const row = one.resource as unknown as StoredResource;
    return again.some(({ id }) => id === row.id) ? { ...one, resource: olderOf(row) } : one;
  });
  exchange.answerWith({ ...answer, body: { ...(answer.body as Bundle), entry } });
}

function olderOf(row: StoredResource): StoredResource {
  const versionId = String(Number(row.meta.versionId) - 1);
  const lastUpdated = new Date(Date.parse(row.meta.lastUpdated) - DAY_MS).toISOString();
  return {
    ...noted(row, 'as it was before'),
    meta: { ...row.meta, versionId, lastUpdated },
  } as StoredResource;
}

/** So that the versions differ in more than their number, where R4 gives the type a comment. */
const noted = (row: StoredResource, comment: string): StoredResource =>
  row.resourceType === 'Appointment' ? { ...row, comment } : row;

/** One row is in no search any more; who reads it is told what `status` says. */
function vanished(exchange: Exchange, { id, status = 200 }: Fault): void {
  const { route } = exchange.raw;
  if (route.interaction === 'read' && route.id === id && status !== 200) {
    const code = status === 410 ? 'deleted' : 'forbidden';
    return exchange.answerWith(failure(status, code, 'The record is not shown'));
  }
  const answer = exchange.answer();
  if (route.interaction !== 'search-type') return exchange.answerWith(answer);
  const entry = entriesOf(answer).filter(({ resource }) => resource?.id !== id);
  exchange.answerWith({ ...answer, body: { ...(answer.body as Bundle), entry } });
}

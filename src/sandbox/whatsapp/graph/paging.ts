import type { Call } from '../http.js';
import { GraphError } from './graph-error.js';

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 1000;

const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

/** One page behind the cursor `after` or before the cursor `before`; `next` and `previous` only when there is one. */
export function pageOf<T extends { id: string }>(call: Call, all: T[], view: (item: T) => object): object {
  const limit = limitOf(call.query.get('limit'));
  const start = startOf(call.query, all, limit);
  const items = all.slice(start, start + limit);
  if (items.length === 0) return { data: [] };
  const cursors = { before: cursorOf(items[0]!.id), after: cursorOf(items.at(-1)!.id) };
  const next = start + limit < all.length ? { next: linkTo(call, 'after', cursors.after) } : {};
  const previous = start > 0 ? { previous: linkTo(call, 'before', cursors.before) } : {};
  return { data: items.map(view), paging: { cursors, ...next, ...previous } };
}

function limitOf(given: string | null): number {
  const limit = given === null ? DEFAULT_LIMIT : Number(given);
  if (!Number.isInteger(limit) || limit < 1)
    throw new GraphError(100, 'Param limit must be a positive integer.');
  return Math.min(limit, MAX_LIMIT);
}

function startOf(query: URLSearchParams, all: { id: string }[], limit: number): number {
  const after = query.get('after');
  const before = query.get('before');
  if (after !== null) return positionOf(all, after) + 1;
  return before === null ? 0 : Math.max(0, positionOf(all, before) - limit);
}

function positionOf(all: { id: string }[], cursor: string): number {
  const position = all.findIndex(({ id }) => cursorOf(id) === cursor);
  if (position < 0) throw new GraphError(100, 'Invalid cursor');
  return position;
}

function linkTo({ origin, path, query }: Call, name: 'after' | 'before', cursor: string): string {
  const link = new URLSearchParams(query);
  link.delete('after');
  link.delete('before');
  link.set(name, cursor);
  return `${origin}/${path.join('/')}?${link}`;
}

import { GraphError } from './graph-error.js';

/** Picks what `fields` asks for, or the default ones; the id always comes along. */
export function pick(object: Record<string, unknown>, fields: string | null, defaults: string[]): object {
  const wanted = fields ? fields.split(',').map((field) => field.trim()) : defaults;
  const unknown = wanted.find((field) => !Object.hasOwn(object, field));
  if (unknown !== undefined) throw new GraphError(100, `Tried accessing nonexisting field (${unknown})`);
  return Object.fromEntries([...new Set([...wanted, 'id'])].map((field) => [field, object[field]]));
}

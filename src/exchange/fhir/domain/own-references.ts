import { type Bases, keyText, parseReference } from './reference.js';

/**
 * The same with each reference into this EHR as `Patient/1`, wherever it stands and whatever base or version it was
 * written with; another server's, contained ones and urns stay as they are. Itself where nothing is to be written anew.
 */
export function withOwnReferences<T>(value: T, bases: Bases): T {
  if (typeof value !== 'object' || value === null) return value;
  let copy: Record<string, unknown> | null = null;
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    const own = name === 'reference' ? ownReference(member, bases) : withOwnReferences(member, bases);
    if (own === member) continue;
    copy ??= (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
    copy[name] = own;
  }
  return (copy ?? value) as T;
}

/** R4 has elements of this name that are no text: those hold references of their own. */
function ownReference(member: unknown, bases: Bases): unknown {
  if (typeof member !== 'string') return withOwnReferences(member, bases);
  const key = parseReference(member, bases);
  return key ? keyText(key) : member;
}

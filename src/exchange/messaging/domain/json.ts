/** What came from outside: nothing about it is certain. */
export type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at that key, or an empty one. */
export function recordAt(from: Json, key: string): Json {
  const value = from[key];
  return isRecord(value) ? value : {};
}

/** The objects of the list at that key; whatever else stands in it is left out. */
export function recordsAt(from: Json, key: string): Json[] {
  const value = from[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The text at that key, or null; an empty text is null. */
export function textAt(from: Json, key: string): string | null {
  const value = from[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** An id at that key: Meta gives some as JSON numbers. */
export function idAt(from: Json, key: string): string | null {
  const value = from[key];
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : textAt(from, key);
}

export function numberAt(from: Json, key: string): number | null {
  const value = from[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** R4 `id`: 1 to 64 of these. Dots alone would climb out of the base path, so they are no id here. */
const FHIR_ID = /^(?!\.+$)[A-Za-z0-9\-.]{1,64}$/;
const TYPE = /^[A-Z][A-Za-z]{2,40}$/;

export interface ResourceKey {
  type: string;
  id: string;
}

export function isFhirId(text: unknown): text is string {
  return typeof text === 'string' && FHIR_ID.test(text);
}

/**
 * Type and id of a literal reference into this EHR: `Patient/1`, `Patient/1/_history/2`, or absolute below `baseUrl`.
 * Null for everything else: contained, urn, another server's, or an id that R4 does not allow.
 */
export function parseReference(reference: unknown, baseUrl: string): ResourceKey | null {
  if (typeof reference !== 'string') return null;
  const base = `${baseUrl.replace(/\/+$/, '')}/`;
  const relative = reference.startsWith(base) ? reference.slice(base.length) : reference;
  const [type = '', id = '', ...version] = relative.split('/');
  return TYPE.test(type) && isFhirId(id) && isVersion(version) ? { type, id } : null;
}

/** Nothing, or `_history/2`. */
function isVersion([history, id, ...more]: string[]): boolean {
  return history === undefined || (history === '_history' && isFhirId(id) && more.length === 0);
}

/** One text per resource, for maps. */
export function keyText({ type, id }: ResourceKey): string {
  return `${type}/${id}`;
}

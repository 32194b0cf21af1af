/** R4 `id`: 1 to 64 of these. Dots alone would climb out of the base path, so they are no id here. */
const FHIR_ID = /^(?!\.+$)[A-Za-z0-9\-.]{1,64}$/;
export const LITERAL = /^([A-Z][A-Za-z]{2,40})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

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
  const [, type, id, version = '1'] =
    LITERAL.exec(reference) ?? LITERAL.exec(below(baseUrl, reference)) ?? [];
  return type !== undefined && isFhirId(id) && isFhirId(version) ? { type, id } : null;
}

/** What stands behind the base address; empty for another server's. */
function below(baseUrl: string, address: string): string {
  const base = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
  return address.startsWith(base) ? address.slice(base.length) : '';
}

/** One text per resource, for maps. */
export function keyText({ type, id }: ResourceKey): string {
  return `${type}/${id}`;
}

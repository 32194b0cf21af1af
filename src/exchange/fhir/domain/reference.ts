/** R4 `id`: 1 to 64 of these. Dots alone would climb out of the base path, so they are no id here. */
const FHIR_ID = /^(?!\.+$)[A-Za-z0-9\-.]{1,64}$/;
export const LITERAL =
  /^([A-Z][A-Za-z]{2,40})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

export interface ResourceKey {
  type: string;
  id: string;
}

export function isFhirId(text: unknown): text is string {
  return typeof text === 'string' && FHIR_ID.test(text);
}

/** One base address of an EHR, or all under which it writes references. */
export type Bases = string | readonly string[];

/**
 * Type and id of a literal reference into this EHR: `Patient/1`, `Patient/1/_history/2`, or absolute below one of its
 * bases. Null for everything else: contained, urn, another server's, or an id that R4 does not allow.
 */
export function parseReference(reference: unknown, bases: Bases): ResourceKey | null {
  if (typeof reference !== 'string') return null;
  const [, type, id, version = '1'] = LITERAL.exec(reference) ?? LITERAL.exec(below(bases, reference)) ?? [];
  return type !== undefined && isFhirId(id) && isFhirId(version) ? { type, id } : null;
}

/** Whether a reference names a record of another server. */
export function isForeign(reference: unknown, bases: Bases): boolean {
  return (
    typeof reference === 'string' &&
    /^[a-z][a-z0-9+.-]*:\/\//i.test(reference) &&
    below(bases, reference) === ''
  );
}

/** What stands behind a base address; empty for another server's. */
function below(bases: Bases, address: string): string {
  const slashed = [bases].flat().map((base) => (base.endsWith('/') ? base : `${base}/`));
  const base = slashed.find((one) => address.startsWith(one));
  return base === undefined ? '' : address.slice(base.length);
}

/** One text per resource, for maps. */
export function keyText({ type, id }: ResourceKey): string {
  return `${type}/${id}`;
}

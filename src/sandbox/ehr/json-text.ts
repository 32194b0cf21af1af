import type { Bundle, BundleEntry } from 'fhir/r4.js';

/** Rows are replaced, never changed: each is turned into text once, however often it is asked for. */
const texts = new WeakMap<object, string>();

function rowText(row: object): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify(row);
  texts.set(row, text);
  return text;
}

/** A body as JSON, stored rows from memory. */
export function jsonText(body: object): string {
  const { resourceType, entry, ...rest } = body as Bundle;
  if (resourceType !== 'Bundle') return 'meta' in body ? rowText(body) : JSON.stringify(body);
  const head = JSON.stringify({ resourceType, ...rest });
  return entry ? `${head.slice(0, -1)},"entry":[${entry.map(entryText).join(',')}]}` : head;
}

function entryText({ fullUrl, resource, search }: BundleEntry): string {
  const address = fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`;
  return `{${address}"resource":${rowText(resource as object)},"search":${JSON.stringify(search)}}`;
}

import { createHash } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';

/**
 * SHA-256 of the resource as JSON with sorted keys, without `meta`: servers raise versions and move lastUpdated
 * where nothing changed, and that must not look like news.
 */
export function contentHash(resource: FhirResource): Buffer {
  const { meta: _meta, ...content } = resource;
  return createHash('sha256').update(canonicalJson(content)).digest();
}

/** JSON with the keys of every object in code unit order, as RFC 8785 has it. Arrays keep their order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

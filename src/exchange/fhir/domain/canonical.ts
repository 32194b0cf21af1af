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
  const members = value as Record<string, unknown>;
  let text = '';
  // A plain sort of keys is by code units.
  for (const key of Object.keys(members).sort()) {
    if (members[key] === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key])}`;
  }
  return `{${text}}`;
}

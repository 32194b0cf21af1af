import { hash } from 'node:crypto';
import type { FhirResource } from 'fhir/r4.js';

/**
 * SHA-256, in hexadecimal, of the resource as JSON with sorted keys, without `meta`: servers raise versions and move
 * lastUpdated where nothing changed, and that must not look like news.
 */
export function contentHash(resource: FhirResource): string {
  const { meta: _meta, ...content } = resource;
  return hash('sha256', canonicalJson(content), 'hex');
}

/** JSON with the keys of every object in code unit order, as RFC 8785 has it. Arrays keep their order. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return Array.isArray(value) ? listJson(value) : objectJson(value as Record<string, unknown>);
}

function listJson(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) text += (text === '' ? '' : ',') + canonicalJson(item);
  return `[${text}]`;
}

function objectJson(members: Record<string, unknown>): string {
  let text = '';
  // A plain sort of keys is by code units.
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

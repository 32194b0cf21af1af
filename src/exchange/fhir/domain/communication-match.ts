import type { Communication, FhirResource } from 'fhir/r4.js';
import { canonicalJson } from './canonical.js';

export interface BusinessIdentifier {
  system: string;
  value: string;
}

/** Ours among what a search gave: servers ignore filters, so the identifier is looked at again. */
export function findOurs(
  found: readonly FhirResource[],
  identifier: BusinessIdentifier,
): Communication | null {
  const ours = found.filter((resource) => carries(resource, identifier)) as Communication[];
  // Several can only be copies of one; the one with the smallest id is the same for every reader.
  return ours.sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1))[0] ?? null;
}

export function carries(resource: FhirResource, identifier: BusinessIdentifier): boolean {
  if (resource.resourceType !== 'Communication') return false;
  return (resource.identifier ?? []).some(
    ({ system, value }) => system === identifier.system && value === identifier.value,
  );
}

/** Whether the EHR kept what was written, as far as it matters: our identifier and every byte of the payload. */
export function keptWhole(
  stored: FhirResource,
  sent: Communication,
  identifier: BusinessIdentifier,
): boolean {
  if (!carries(stored, identifier)) return false;
  return canonicalJson((stored as Communication).payload) === canonicalJson(sent.payload);
}

import type { FhirResource } from 'fhir/r4.js';
import { isFhirId } from './reference.js';

/** Which version of a resource this is. */
export interface Stamp {
  versionId: string | null;
  lastUpdated: Date | null;
}

export function stampOf(resource: FhirResource): Stamp {
  const lastUpdated: unknown = resource.meta?.lastUpdated;
  const at = typeof lastUpdated === 'string' ? Date.parse(lastUpdated) : NaN;
  return { versionId: versionIdOf(resource), lastUpdated: Number.isNaN(at) ? null : new Date(at) };
}

/** R4 has `meta.versionId` as an id; what is none could neither be stored nor stand in an If-Match. */
export function versionIdOf({ meta }: FhirResource): string | null {
  const versionId: unknown = meta?.versionId;
  return isFhirId(versionId) ? versionId : null;
}

/**
 * Whether `a` is surely an earlier version than `b`: by lastUpdated, then by a numeric version. What cannot be
 * told counts as not older, because then the order of arrival decides.
 */
export function isOlder(a: Stamp, b: Stamp): boolean {
  if (a.lastUpdated && b.lastUpdated && a.lastUpdated.getTime() !== b.lastUpdated.getTime()) {
    return a.lastUpdated < b.lastUpdated;
  }
  return numeric(a.versionId) && numeric(b.versionId) && Number(a.versionId) < Number(b.versionId);
}

/** Whether both are surely the same version: its name alone might come again after a restore. */
export function isSame(a: Stamp, b: Stamp): boolean {
  if (a.versionId === null || a.lastUpdated === null) return false;
  return a.versionId === b.versionId && a.lastUpdated.getTime() === b.lastUpdated?.getTime();
}

function numeric(version: string | null): boolean {
  return version !== null && /^\d{1,15}$/.test(version);
}

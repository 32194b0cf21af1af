import type { FhirResource } from 'fhir/r4.js';

/** Which version of a resource this is. */
export interface Stamp {
  versionId: string | null;
  lastUpdated: Date | null;
}

export function stampOf(resource: FhirResource): Stamp {
  const { versionId = null, lastUpdated } = resource.meta ?? {};
  const at = lastUpdated === undefined ? NaN : Date.parse(lastUpdated);
  return { versionId, lastUpdated: Number.isNaN(at) ? null : new Date(at) };
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

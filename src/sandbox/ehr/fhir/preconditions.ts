import type { StoredResource } from '../resource.js';
import type { WriteHabits } from '../profiles/profile.js';
import { refuse } from './refusal.js';

/** If-Match against the current version: 412 (or 409) when another version is current, 400 when it names none. */
export function assertMatches(
  ifMatch: string | undefined,
  current: StoredResource,
  { ifMatchRequired, staleStatus }: WriteHabits,
): void {
  if (ifMatch === undefined && ifMatchRequired) throw refuse(412, 'required', 'This server needs If-Match');
  if (ifMatch === undefined || ifMatch === '*') return;
  const version = /^(?:W\/)?"([^"]+)"$/.exec(ifMatch.trim())?.[1];
  if (!version) throw refuse(400, 'value', 'If-Match needs an ETag such as W/"1"');
  if (version !== current.meta.versionId) {
    throw refuse(staleStatus, 'conflict', `Version ${version} is not the current one`);
  }
}

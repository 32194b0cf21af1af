import { quoting } from '../profiles/rows.js';
import type { StoredResource } from '../resource.js';
import { refuse } from './refusal.js';
import type { FhirRequest } from './request.js';

/** If-Match against the current version: 412 (or 409) when another version is current, 400 when it names none. */
export function assertMatches(
  { headers, hospital: { profile } }: FhirRequest,
  current: StoredResource,
): void {
  const ifMatch = headers['if-match'];
  const { ifMatchRequired, staleStatus } = profile.writes;
  if (ifMatch === undefined && ifMatchRequired)
    throw refuse(412, 'required', quoting(profile, 'If-Match', 'This server needs If-Match'));
  if (ifMatch === undefined || ifMatch === '*') return;
  const version = /^(?:W\/)?"([^"]+)"$/.exec(ifMatch.trim())?.[1];
  if (!version) throw refuse(400, 'value', 'If-Match needs an ETag such as W/"1"');
  if (version !== current.meta.versionId) {
    const why = `Version ${version} is not the current one`;
    throw refuse(staleStatus, 'conflict', quoting(profile, 'If-Match', why));
  }
}

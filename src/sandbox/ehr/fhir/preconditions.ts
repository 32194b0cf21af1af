import type { StoredResource } from '../resource.js';
import { refuse } from './refusal.js';

/** If-Match against the current version: 412 when another version is current, 400 when it names none. */
export function assertMatches(ifMatch: string | undefined, current: StoredResource): void {
  if (ifMatch === undefined || ifMatch === '*') return;
  const version = /^(?:W\/)?"([^"]+)"$/.exec(ifMatch.trim())?.[1];
  if (!version) throw refuse(400, 'value', 'If-Match needs an ETag such as W/"1"');
  if (version !== current.meta.versionId) {
    throw refuse(412, 'conflict', `Version ${version} is not the current one`);
  }
}

import type { Resource } from '../resource.js';
import { assertValid } from '../validate/index.js';
import { Refusal, refuse } from './refusal.js';
import type { FhirRequest } from './request.js';

/** Refuses with 422 what R4 or the vendor forbids; `before` is the version that is replaced. */
export function assertWritable({ hospital }: FhirRequest, resource: Resource, before?: Resource): void {
  assertValid(resource, before);
  const issues = hospital.profile.writes.issues?.(resource, before) ?? [];
  if (issues.length > 0) throw new Refusal(422, issues);
}

/** Refuses with 422 a JSON Patch that touches what the vendor lets nobody change. */
export function assertPaths({ hospital, type, body }: FhirRequest): void {
  const allowed = hospital.profile.writes.patchPaths?.[type];
  if (!allowed || !Array.isArray(body)) return;
  const steps = body as { op?: string; path?: string }[];
  const strange = steps.find(
    ({ op, path = '' }) =>
      op !== 'test' && !allowed.some((known) => path === known || path.startsWith(`${known}/`)),
  );
  if (strange) throw refuse(422, 'not-supported', `A patch of ${type} may touch ${allowed.join(', ')} only`);
}

/** Refuses with 409 a create whose idempotency key was used before. */
export function assertFirst({ hospital, headers, commit }: FhirRequest): void {
  const name = hospital.profile.writes.idempotencyHeader;
  const key = name === undefined ? undefined : headers[name];
  if (typeof key !== 'string') return;
  if (hospital.idempotencyKeys.has(key)) throw refuse(409, 'duplicate', 'This request was made before');
  if (commit) hospital.idempotencyKeys.add(key);
}

import type { PatchStep, Profile, VendorIssue } from '../profiles/profile.js';
import { quoting } from '../profiles/rows.js';
import type { Resource, StoredResource } from '../resource.js';
import { issuesOf } from '../validate/index.js';
import { type Issue, Refusal, refuse } from './refusal.js';
import type { FhirRequest } from './request.js';

interface Written {
  /** As the client sent it, or as its patch left it. */
  given: Resource;
  /** As it will be stored. */
  resource: Resource;
  /** The version that is replaced. */
  before?: StoredResource;
}

/** Without these a resource cannot be judged by anybody else. */
const malformed: Issue['code'][] = ['structure', 'required', 'value'];

/** Refuses with 422 what R4 or the vendor forbids. */
export function assertWritable({ hospital }: FhirRequest, { given, resource, before }: Written): void {
  const { profile } = hospital;
  const found = issuesOf(resource, before);
  const broken = found.filter(({ code }) => malformed.includes(code));
  if (broken.length > 0) throw new Refusal(422, broken);
  const vendors = profile.writes.issues?.(given, before) ?? [];
  const all = [...vendors.map((issue) => quoted(profile, issue)), ...found];
  if (all.length > 0) throw new Refusal(422, all);
}

/** Refuses with 422 a JSON Patch that changes what the vendor lets nobody change. */
export function assertPatch({ hospital, body }: FhirRequest, current: StoredResource): void {
  const { profile } = hospital;
  const { patchIssues } = profile.writes;
  if (!patchIssues || !Array.isArray(body) || !body.every(isStep)) return;
  const issues = patchIssues(body, current);
  if (issues.length > 0)
    throw new Refusal(
      422,
      issues.map((issue) => quoted(profile, issue)),
    );
}

const isStep = (value: unknown): value is PatchStep => typeof (value as PatchStep | null)?.path === 'string';

function quoted(profile: Profile, { row, ...issue }: VendorIssue): Issue {
  return row ? { ...issue, diagnostics: quoting(profile, row, issue.diagnostics) } : issue;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Refuses with 409 a create whose idempotency key was used before, with 400 one whose key is no UUID. */
export function assertFirst(request: FhirRequest): void {
  const { hospital } = request;
  const key = keyOf(request);
  if (key === undefined) return;
  const refused = (status: number, code: Issue['code'], why: string) =>
    refuse(status, code, quoting(hospital.profile, 'If-None-Exist', why));
  if (!uuid.test(key)) throw refused(400, 'value', 'The idempotency key is no UUID');
  if (hospital.idempotencyKeys.has(key)) throw refused(409, 'duplicate', 'This request was made before');
}

/** A create that was refused may be made again under its key. */
export function rememberKey(request: FhirRequest): void {
  const key = keyOf(request);
  if (key !== undefined) request.hospital.idempotencyKeys.add(key);
}

function keyOf({ hospital, headers }: FhirRequest): string | undefined {
  const name = hospital.profile.writes.idempotencyHeader;
  const key = name === undefined ? undefined : headers[name];
  return typeof key === 'string' ? key : undefined;
}

import { randomUUID } from 'node:crypto';
import { sameJson } from '../json.js';
import { keepBinaries } from '../binaries.js';
import type { Hospital } from '../hospital.js';
import type { PatchStep } from '../profiles/profile.js';
import { quoting } from '../profiles/rows.js';
import { etag, type Resource, type StoredResource } from '../resource.js';
import { isRestricted } from '../restricted.js';
import { take } from '../scheduling/take.js';
import { search } from '../search/search.js';
import { readQuery } from '../search/query.js';
import type { ResourceStore } from '../store.js';
import { criteriaOf } from '../subscriptions/criteria.js';
import { forbidden, mergedInto } from './records.js';
import { assertFirst, assertPatch, assertWritable, rememberKey } from './vendor-rules.js';
import { applyPatch } from './json-patch.js';
import { assertMatches } from './preconditions.js';
import { refuse } from './refusal.js';
import { type Answer, type FhirRequest, isWrite } from './request.js';

export function read(request: FhirRequest): Answer {
  const elsewhere = mergedInto(request);
  if (elsewhere) return elsewhere;
  return resourceAnswer(200, existing(request), request);
}

export function searchType(request: FhirRequest): Answer {
  const { postQuery } = request.hospital.profile.search;
  const posted = request.method === 'POST';
  const ignored = posted && postQuery === 'ignored';
  if (posted && postQuery === 'exclusive' && request.params.size > 0 && request.body !== '') {
    const why = 'Parameters stand in the URL or in the body, not in both';
    throw refuse(400, 'invalid', quoting(request.hospital.profile, 'POST _search', why));
  }
  const params = new URLSearchParams(ignored ? '' : request.params);
  if (typeof request.body === 'string') {
    for (const [name, value] of new URLSearchParams(request.body)) params.append(name, value);
  }
  const handling = /handling=(strict|lenient)/.exec(String(request.headers.prefer))?.[1] as
    'strict' | undefined;
  return { status: 200, body: search({ ...request, params, handling }) };
}

export function create(request: FhirRequest): Answer {
  assertFirst(request);
  const known = request.hospital.profile.types[request.type].conditionalCreate && sameAlready(request);
  if (known) return resourceAnswer(200, known, request, locationOf(request, known));
  const given = bodyResource(request);
  const { resource, settle } = take(request.hospital, given);
  assertWritable(request, { given, resource });
  const { completes = (created: Resource) => created } = request.hospital.profile.writes;
  const stored = storeOf(request).stamp(completes(resource), randomUUID());
  if (request.commit) {
    commit(request, stored);
    settle();
    rememberKey(request);
  }
  return resourceAnswer(201, stored, request, locationOf(request, stored));
}

export function update(request: FhirRequest): Answer {
  const current = existing(request);
  assertMatches(request, current);
  const resource = bodyResource(request);
  if (resource.id !== request.id)
    throw refuse(400, 'invariant', 'The id of the body is not the id of the address');
  return save(request, resource, current);
}

export function patch(request: FhirRequest): Answer {
  const current = existing(request);
  assertMatches(request, current);
  assertPatch(request, current);
  const patched = applyPatch(current, stepsOf(request)) as Resource;
  if (patched.id !== current.id || patched.resourceType !== current.resourceType) {
    throw refuse(422, 'processing', 'A patch cannot change the identity of a resource');
  }
  return save(request, patched, current);
}

export function remove(request: FhirRequest): Answer {
  const store = storeOf(request);
  const row = store.get(request.id);
  if (!row && !store.isDeleted(request.id)) throw unknown(request);
  if (!row) return { status: 204 };
  assertMatches(request, row);
  const { settle } = take(request.hospital, { ...row, status: 'entered-in-error' }, row);
  if (request.commit) {
    store.remove(row);
    settle();
  }
  return { status: 204 };
}

/** A write that changes nothing makes no new version. */
function save(request: FhirRequest, given: Resource, current: StoredResource): Answer {
  const { resource, settle } = take(request.hospital, given, current);
  assertWritable(request, { given, resource, before: current });
  if (sameJson(withoutVersion(resource), withoutVersion(current)))
    return resourceAnswer(200, current, request);
  const stored = storeOf(request).stamp(resource, request.id);
  if (request.commit) {
    commit(request, stored);
    settle();
  }
  return resourceAnswer(200, stored, request);
}

function commit({ hospital, type, base }: FhirRequest, row: StoredResource): void {
  hospital.stores[type].put(row);
  if (type === 'Subscription') hospital.subscriptions.take(row, base, criteriaOf(hospital, row));
  if (hospital.profile.writes.binaries.includes(type)) keepBinaries(hospital, row);
}

/** Where the times of a visit come from its slot, replacing the slot works though none was shown. */
function stepsOf({ hospital, body }: FhirRequest): unknown {
  if (!hospital.profile.writes.timesFromSlot || !Array.isArray(body)) return body;
  return (body as PatchStep[]).map((step) =>
    step?.path === '/slot' && step.op === 'replace' ? { ...step, op: 'add' } : step,
  );
}

function withoutVersion({ meta, ...rest }: Resource): Resource {
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta ?? {};
  return { ...rest, ...(Object.keys(kept).length > 0 && { meta: kept }) };
}

/** The resource that If-None-Exist finds, if the header is there. */
function sameAlready(request: FhirRequest): StoredResource | undefined {
  const condition = request.headers['if-none-exist'];
  if (condition === undefined) return undefined;
  const { hospital, type } = request;
  const params = new URLSearchParams(String(condition).replace(/^.*\?/, ''));
  const { criteria } = readQuery({ hospital, type, params, handling: 'strict' });
  if (criteria.length === 0) throw refuse(400, 'required', 'If-None-Exist names no search parameter');
  const found = storeOf(request).find(criteria);
  if (found.length > 1)
    throw refuse(412, 'multiple-matches', `If-None-Exist found ${found.length} resources`);
  return found[0];
}

function existing(request: FhirRequest): StoredResource {
  const row = storeOf(request).get(request.id);
  if (row && isRestricted(request.hospital, row)) throw forbidden(request);
  if (row) return row;
  if (storeOf(request).isDeleted(request.id))
    throw refuse(410, 'deleted', `${request.type}/${request.id} was deleted`);
  throw unknown(request);
}

const unknown = ({ type, id }: FhirRequest) => refuse(404, 'not-found', `${type}/${id} is not known`);

function bodyResource({ body, type }: FhirRequest): Resource {
  const resource = body as Resource | null;
  if (typeof resource !== 'object' || resource?.resourceType !== type) {
    throw refuse(400, 'structure', `The body must be a resource of the type ${type}`);
  }
  return resource;
}

const answers = ({ profile }: Hospital): string => profile.writes.answers;

const storeOf = ({ hospital, type }: FhirRequest): ResourceStore => hospital.stores[type];

function locationOf(
  { base, type, hospital }: FhirRequest,
  { id, meta }: StoredResource,
): Record<string, string> {
  const version = answers(hospital) === 'empty' ? '' : `/_history/${meta.versionId}`;
  return { Location: `${base}/${type}/${id}${version}` };
}

function resourceAnswer(
  status: number,
  row: StoredResource,
  { headers, hospital, interaction }: FhirRequest,
  more: Record<string, string> = {},
): Answer {
  const lastModified = new Date(row.meta.lastUpdated).toUTCString();
  const empty = isWrite(interaction) && answers(hospital) === 'empty';
  const minimal = empty || /return=minimal/.test(String(headers.prefer));
  const body = minimal ? undefined : (hospital.profile.shows?.(row, interaction) ?? row);
  return { status, headers: { ETag: etag(row), 'Last-Modified': lastModified, ...more }, body };
}

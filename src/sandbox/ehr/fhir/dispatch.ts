import type { IncomingHttpHeaders } from 'node:http';
import type { Hospital } from '../hospital.js';
import type { Interaction } from '../profiles/profile.js';
import { operate } from '../scheduling/operations.js';
import { allowed } from './allowed.js';
import { capabilityStatement } from './capability.js';
import { create, patch, read, remove, searchType, update } from './interactions.js';
import { assertAcceptable, assertBodyType } from './negotiation.js';
import { operationOutcome, Refusal, refuse } from './refusal.js';
import type { Answer, FhirRequest, Route } from './request.js';

/** A FHIR request as it came, its body read but not parsed. */
export interface RawRequest {
  hospital: Hospital;
  method: string;
  route: Route;
  headers: IncomingHttpHeaders;
  params: URLSearchParams;
  body: string;
  base: string;
  startedAt: Date;
  /** More than the profile's own; set by a fault. */
  repeatedRows?: number;
  /** Pages are offsets into a search made anew for each; set by a fault. */
  offset?: number;
}

const idShape = /^[A-Za-z0-9\-.]{1,64}$/;

const handlers: Record<Exclude<Interaction, 'capabilities'>, (request: FhirRequest) => Answer> = {
  read,
  'search-type': searchType,
  create,
  update,
  patch,
  delete: remove,
  operation: operate,
};

/** The server's answer; with `commit` false a write changes nothing and is answered as if it had. */
export function dispatch(raw: RawRequest, { commit } = { commit: true }): Answer {
  try {
    return answer(raw, commit);
  } catch (error) {
    if (error instanceof Refusal) return refused(raw, error);
    console.error('sandbox EHR: unexpected error', error);
    const body = operationOutcome([{ code: 'exception', diagnostics: 'The server failed' }], 'fatal');
    return { status: 500, body };
  }
}

function refused({ hospital }: RawRequest, refusal: Refusal): Answer {
  const silent = refusal.status === 406 && hospital.profile.silentNotAcceptable;
  return silent ? { status: 406 } : refusalAnswer(refusal);
}

export const refusalAnswer = ({ status, issues, headers }: Refusal): Answer => ({
  status,
  headers,
  body: operationOutcome(issues),
});

function answer(raw: RawRequest, commit: boolean): Answer {
  const { hospital, route, headers, params, base } = raw;
  assertAcceptable(headers, params);
  if (route.interaction === 'capabilities') {
    return { status: 200, body: capabilityStatement(hospital, base, raw.startedAt) };
  }
  const { interaction, type } = allowed(hospital.profile, route);
  const id = route.id ?? '';
  if (id !== '' && !idShape.test(id)) throw refuse(400, 'value', 'This is no resource id');
  const hasBody = !['search-type', 'operation'].includes(interaction) || raw.method === 'POST';
  if (hasBody) assertBodyType(interaction, headers['content-type']);
  const body = interaction === 'search-type' ? raw.body : parseBody(raw.body);
  return handlers[interaction]({
    ...{ hospital, interaction, type, id, headers, params, body, base, commit },
    method: raw.method,
    operation: route.operation ?? '',
    repeatedRows: raw.repeatedRows ?? hospital.profile.search.repeatedRows,
    offset: raw.offset,
  });
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(400, 'structure', 'The body is no JSON');
  }
}

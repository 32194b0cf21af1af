import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../http.js';
import { showEngine, startEngine, stopEngine } from '../engine/routes.js';
import { resourceTypes } from '../resource.js';
import { smartRoutes } from '../smart/control.js';
import { subscriptionRoutes } from '../subscriptions/routes.js';
import type { World } from '../world.js';
import { moveClock } from './clock-route.js';
import { listEvents, playEvent } from './event-routes.js';
import { addFault, clearFaults, countHeld, listFaults, releaseAnswers } from './fault-routes.js';
import { changeProfile, listCases, skewClock } from './hospital-routes.js';
import { badRequest, type ControlReply, type ControlRequest, notFound, ok } from './reply.js';
import {
  deleteResource,
  listResources,
  mergeResource,
  putResource,
  readResource,
} from './resource-routes.js';

type Route = (world: World, request: ControlRequest) => ControlReply;

const collection = '/control/hospitals/:/:';
const instance = '/control/hospitals/:/:/:';
const routes: Record<string, Route> = {
  ...smartRoutes,
  ...subscriptionRoutes,
  'GET /control/state': state,
  'GET /control/history': history,
  'POST /control/clock': moveClock,
  'GET /control/faults': listFaults,
  'POST /control/faults': addFault,
  'DELETE /control/faults': clearFaults,
  'POST /control/faults/release': releaseAnswers,
  'GET /control/faults/held': countHeld,
  'GET /control/hospitals/:/events': listEvents,
  'POST /control/hospitals/:/events': playEvent,
  'GET /control/hospitals/:/cases': listCases,
  'GET /control/hospitals/:/engine': showEngine,
  'PUT /control/hospitals/:/engine': startEngine,
  'DELETE /control/hospitals/:/engine': stopEngine,
  'PUT /control/hospitals/:/profile': changeProfile,
  'PUT /control/hospitals/:/clock': skewClock,
  [`GET ${collection}`]: listResources,
  [`GET ${instance}`]: readResource,
  [`PUT ${instance}`]: putResource,
  [`PATCH ${instance}`]: mergeResource,
  [`DELETE ${instance}`]: deleteResource,
};

/** The side door for scripts and tests: JSON, no FHIR, nothing of it in the history. */
export async function handleControl(
  world: World,
  { req, res, url }: { req: IncomingMessage; res: ServerResponse; url: URL },
): Promise<void> {
  const parts = url.pathname.split('/').slice(1);
  const named = parts[1] === 'hospitals' ? parts.slice(2).map(decodeURIComponent) : [];
  const route = routes[`${req.method} ${patternOf(url.pathname, named)}`];
  const body = parse(await readBody(req));
  const { status, body: answer } = respond(world, route, { params: url.searchParams, body, path: named });
  sendJson(res, status, answer);
}

/** Types are capitalised, so that a small word is a part of the hospital itself. */
function patternOf(pathname: string, named: string[]): string {
  if (named.length === 0) return pathname;
  const [, part = ''] = named;
  if (named.length === 2 && /^[a-z]/.test(part)) return `/control/hospitals/:/${part}`;
  return `/control/hospitals${'/:'.repeat(named.length)}`;
}

function respond(world: World, route: Route | undefined, request: ControlRequest): ControlReply {
  if (!route) return notFound('there is no such route');
  if (request.body === unreadable) return badRequest('the body is no JSON');
  return route(world, request);
}

const unreadable = Symbol('no JSON');

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return unreadable;
  }
}

function state({ seed, dataset, clock, hospitals }: World): ControlReply {
  const counted = [...hospitals.values()].map(({ slug, profileName, stores }) => ({
    slug,
    profile: profileName,
    counts: Object.fromEntries(resourceTypes.map((type) => [type, stores[type].size])),
  }));
  return ok({ seed, dataset, now: clock.now().toISOString(), hospitals: counted });
}

function history({ history: log }: World, { params }: ControlRequest): ControlReply {
  const { since = '0', ...filter } = Object.fromEntries(params);
  if (!/^\d+$/.test(since)) return badRequest('since must be a whole number');
  return ok({ data: log.after(Number(since), filter) });
}

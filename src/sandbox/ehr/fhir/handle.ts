import type { IncomingMessage, ServerResponse } from 'node:http';
import { effects } from '../faults/effects.js';
import { readBody } from '../http.js';
import type { Hospital } from '../hospital.js';
import type { World } from '../world.js';
import { turnedAway } from '../smart/admission.js';
import { type RawRequest, refusalAnswer } from './dispatch.js';
import { makeExchange } from './exchange.js';
import { Refusal } from './refusal.js';
import { type Route, routeOf } from './request.js';

/** A request below a hospital's FHIR base. */
export interface Incoming {
  req: IncomingMessage;
  res: ServerResponse;
  hospital: Hospital;
  url: URL;
  /** The path below the base. */
  path: string;
}

export async function handleFhir(world: World, { req, res, hospital, url, path }: Incoming): Promise<void> {
  res.setHeader('Date', hospital.clock.now().toUTCString());
  const method = req.method ?? 'GET';
  const params = url.searchParams;
  const route = ['', '/'].includes(path) ? routeOfBase(hospital, params) : routeOf(method, path);
  const fault = world.faults.take({ hospital: hospital.slug, method, route, params });
  const raw: RawRequest = {
    hospital,
    method,
    route,
    headers: req.headers,
    params,
    body: '',
    base: `${url.origin}/${hospital.slug}/fhir`,
    startedAt: world.startedAt,
  };
  const exchange = makeExchange(world, raw, res, fault?.name);
  try {
    if (fault?.name !== 'drop-request') raw.body = await readBody(req);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return exchange.answerWith(refusalAnswer(error));
  }
  const refusal = await turnedAway(world, raw);
  if (refusal) return exchange.answerWith(refusalAnswer(refusal));
  if (fault) await effects[fault.name](exchange, fault);
  else exchange.reply(exchange.serve());
}

/** Some servers page at their base: the page itself tells of which type it is. */
function routeOfBase({ profile, pages }: Hospital, params: URLSearchParams): Route {
  const { pageParam, pagesAt } = profile.search;
  const typeName = pagesAt === 'base' ? pages.typeOf(params.get(pageParam) ?? '') : undefined;
  return typeName === undefined ? {} : { interaction: 'search-type', typeName };
}

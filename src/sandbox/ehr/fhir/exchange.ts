import type { ServerResponse } from 'node:http';
import { type Reply, send } from '../http.js';
import { jsonText } from '../json-text.js';
import type { StoredResource } from '../resource.js';
import type { World } from '../world.js';
import { dispatch, type RawRequest } from './dispatch.js';
import { FHIR_JSON } from './negotiation.js';
import type { Answer } from './request.js';

/** One FHIR request and the ways in which it can be answered; every way leaves one line in the history. */
export interface Exchange {
  raw: RawRequest;
  res: ServerResponse;
  world: World;
  /** The absolute URL that the client asked for. */
  url: string;
  /** Lets the server do its work, without sending anything. */
  answer(options?: { commit: boolean }): Answer;
  /** The same, as the bytes to send. */
  serve(options?: { commit: boolean }): Reply;
  answerWith(answer: Answer): void;
  reply(reply: Reply): void;
  record(status: number, bytes: number): void;
}

export function makeExchange(world: World, raw: RawRequest, res: ServerResponse, fault?: string): Exchange {
  let createdId: string | undefined;
  const record = (status: number, bytes: number): void =>
    world.history.record({
      ...whatWasAsked(raw, createdId),
      at: raw.hospital.clock.now().toISOString(),
      status,
      bytes,
      fault,
    });
  const answer = (options?: { commit: boolean }): Answer => {
    const given = dispatch(raw, options);
    if (raw.route.interaction === 'create')
      createdId = (given.body as StoredResource | undefined)?.id ?? locationId(given);
    return given;
  };
  const reply = (sent: Reply): void => {
    record(sent.status, Buffer.byteLength(sent.text));
    send(res, sent);
  };
  return {
    raw,
    res,
    world,
    url: `${raw.base}/${raw.route.typeName ?? ''}${raw.params.size > 0 ? `?${raw.params}` : ''}`,
    answer,
    serve: (options) => toReply(answer(options)),
    answerWith: (given) => reply(toReply(given)),
    reply,
    record,
  };
}

function whatWasAsked({ hospital, method, route, headers }: RawRequest, createdId: string | undefined) {
  return {
    hospital: hospital.slug,
    method,
    interaction: route.interaction ?? 'none',
    resourceType: route.typeName,
    id: createdId ?? route.id,
    ifMatch: headers['if-match'] !== undefined,
    ifNoneExist: headers['if-none-exist'] !== undefined,
  };
}

const locationId = ({ headers }: Answer): string | undefined =>
  headers?.Location?.replace(/\/_history\/.*$/, '')
    .split('/')
    .at(-1);

function toReply({ status, headers, body }: Answer): Reply {
  const contentType = `${FHIR_JSON}; charset=utf-8`;
  return { status, headers, contentType, text: body === undefined ? '' : jsonText(body) };
}

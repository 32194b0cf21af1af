import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { request, type Dispatcher } from 'undici';
import { failpointWhenWritten } from '../../../platform/failpoint/failpoint.js';
import { createOutbound } from '../../../platform/outbound/index.js';
import { isRecord, type Json } from '../domain/json.js';
import { GraphFault, refusalIn, retryAfterOf, wasNeverWritten, type GraphError } from './graph-error.js';

/** Meta answers in under a second; these bound how long a fence is held and a person waits. */
const CONNECT_TIMEOUT_MS = 3_000;
export const CALL_TIMEOUT_MS = 10_000;
/** The largest honest answer is a page of templates. */
const RESPONSE_LIMIT = 1024 * 1024;
/** As many as the sends that are under way at the same time, so that none waits for a socket while its time runs. */
const CONNECTIONS = 1_536;

/** Where and as whom to speak. The token is a secret: it goes into a header and nowhere else. */
export interface GraphAccess {
  graphBaseUrl: string;
  accessToken: string;
  allowPrivateNetwork: boolean;
}

export type SendOutcome =
  | { kind: 'accepted'; wamid: string }
  /** Surely not sent. */
  | { kind: 'refused'; error: GraphError }
  /** Sent or not: nobody can tell until a status comes. */
  | { kind: 'unknown'; httpStatus: number | null };

interface Answer {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  /** Undefined when it is no JSON object. */
  body: Json | undefined;
}

/** The Cloud API over HTTP. Follows no redirect, retries nothing, and lets no value into an error. */
@Injectable()
export class GraphClient implements OnModuleDestroy {
  private readonly outside = createOutbound({ ...LIMITS, allowPrivateNetwork: false });
  private readonly inside = createOutbound({ ...LIMITS, allowPrivateNetwork: true });

  constructor() {
    failpointWhenWritten('send.request-written', ({ path }) => path.endsWith('/messages'));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.outside.close(), this.inside.close()]);
  }

  /** POST /{phone-number-id}/messages. Never throws for what the other side does. */
  async send(access: GraphAccess, phoneNumberId: string, payload: object): Promise<SendOutcome> {
    try {
      const path = `${encodeURIComponent(phoneNumberId)}/messages`;
      return outcomeOf(await this.call(access, { method: 'POST', path, body: JSON.stringify(payload) }));
    } catch (error) {
      if (wasNeverWritten(error)) return { kind: 'refused', error: NO_CONNECTION };
      return { kind: 'unknown', httpStatus: null };
    }
  }

  /** A node or edge by its path and query. Throws GraphFault (retryable when the other side is away). */
  async read(access: GraphAccess, path: string, query: Record<string, string>): Promise<Json> {
    const search = new URLSearchParams(query).toString();
    const answer = await this.call(access, { method: 'GET', path: `${path}?${search}` }).catch(() => {
      throw GraphFault.away();
    });
    const refusal = refusalIn(answer.body);
    if (refusal) throw new GraphFault({ ...refusal, httpStatus: answer.status });
    if (answer.status !== 200 || !answer.body) throw GraphFault.strange(answer.status);
    return answer.body;
  }

  private async call(
    access: GraphAccess,
    what: { method: 'GET' | 'POST'; path: string; body?: string },
  ): Promise<Answer> {
    // Not AbortSignal.timeout(): thousands of answered calls would each keep a timer until its time has come.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), CALL_TIMEOUT_MS);
    try {
      const { statusCode, headers, body } = await request(`${access.graphBaseUrl}/${what.path}`, {
        dispatcher: access.allowPrivateNetwork ? this.inside : this.outside,
        method: what.method,
        headers: {
          authorization: `Bearer ${access.accessToken}`,
          ...(what.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: what.body,
        signal: limit.signal,
      });
      return { status: statusCode, headers, body: parse(await body.text()) };
    } finally {
      clearTimeout(timer);
    }
  }
}

const LIMITS = {
  connectTimeoutMs: CONNECT_TIMEOUT_MS,
  silenceTimeoutMs: CALL_TIMEOUT_MS,
  maxResponseBytes: RESPONSE_LIMIT,
  connections: CONNECTIONS,
};

const NO_CONNECTION: GraphError = {
  code: null,
  subcode: null,
  httpStatus: null,
  details: null,
  retryAfterMs: null,
};

function outcomeOf({ status, headers, body }: Answer): SendOutcome {
  // The envelope decides before the status: Meta has answered 200 with an error in it.
  const refusal = refusalIn(body);
  const retryAfterMs = retryAfterOf(headers['retry-after'], new Date());
  if (refusal) return { kind: 'refused', error: { ...refusal, httpStatus: status, retryAfterMs } };
  const wamid = status === 200 ? wamidIn(body) : null;
  if (wamid) return { kind: 'accepted', wamid };
  // A timeout of somebody in between tells nothing about Meta.
  if (status < 300 || status === 408 || status >= 500) return { kind: 'unknown', httpStatus: status };
  return { kind: 'refused', error: { ...NO_CONNECTION, httpStatus: status, retryAfterMs } };
}

function wamidIn(body: Json | undefined): string | null {
  const first: unknown = Array.isArray(body?.['messages']) ? body['messages'][0] : undefined;
  const id = isRecord(first) ? first['id'] : undefined;
  return typeof id === 'string' && id !== '' ? id : null;
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    // HTML of a proxy, or half an answer: the caller judges by the status.
    return undefined;
  }
}

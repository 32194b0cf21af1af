import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { controlPlane } from './control/router.js';
import { graphApi } from './graph/router.js';
import { BodyTooLarge, readBody, reply, type Answer, type Call } from './http.js';
import type { World } from './world.js';

// Above the largest webhook that a test of size limits asks for.
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
// Longer than any client keeps an idle socket: a reset that nobody asked for would look like a lost answer.
const KEEP_ALIVE_MS = 120_000;

class UnreadableAddress extends Error {}

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

export function makeServer(world: World): Server {
  const server = createServer((request, response) => void serve(world, request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const beganAt = world.clock.now();
    const call = callOf(request, beganAt, await readBody(request, BODY_LIMIT_BYTES));
    reply(response, await answer(world, call, request));
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    reply(response, failure(error));
  }
}

function answer(world: World, call: Call, request: IncomingMessage): Promise<Answer> {
  if (call.path[0] !== 'control') return graphApi(world, call);
  if (LOOPBACK.test(request.socket.remoteAddress ?? '')) return controlPlane(world, call);
  return Promise.resolve({ status: 403, body: { error: 'the control plane is open to loopback only' } });
}

function callOf(request: IncomingMessage, beganAt: Date, body: Buffer): Call {
  const origin = `http://${request.headers.host ?? 'localhost'}`;
  const { path, query } = addressOf(request.url ?? '/', origin);
  const { authorization = '' } = request.headers;
  return { method: request.method ?? 'GET', path, query, authorization, origin, body, beganAt };
}

// Of such an address nothing needs to be decoded: taking it apart by hand is quicker than a URL, and every send has one.
const PLAIN = /^(\/\w[\w.-]*)+$/;
const NO_QUERY = new URLSearchParams();

function addressOf(url: string, origin: string): Pick<Call, 'path' | 'query'> {
  if (PLAIN.test(url)) return { path: url.slice(1).split('/'), query: NO_QUERY };
  try {
    const { pathname, searchParams } = new URL(url, origin);
    return { path: pathname.split('/').filter(Boolean).map(decodeURIComponent), query: searchParams };
  } catch {
    throw new UnreadableAddress();
  }
}

function failure(error: unknown): Answer {
  if (error instanceof BodyTooLarge) return { status: 413, body: { error: 'the body is too large' } };
  if (error instanceof UnreadableAddress)
    return { status: 400, body: { error: 'the address cannot be read' } };
  process.stderr.write(`sandbox WhatsApp: ${error instanceof Error ? error.stack : String(error)}\n`);
  return { status: 500, body: { error: 'the sandbox itself failed; see its stderr' } };
}

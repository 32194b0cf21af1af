import type { Bundle } from 'fhir/r4.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { refusalAnswer } from '../fhir/dispatch.js';
import type { Exchange } from '../fhir/exchange.js';
import { FHIR_JSON } from '../fhir/negotiation.js';
import { type Issue, Refusal } from '../fhir/refusal.js';
import type { Answer } from '../fhir/request.js';
import { type Reply, send } from '../http.js';
import { isResourceType, type StoredResource } from '../resource.js';
import type { Fault, FaultName } from './fault-book.js';

const DEFAULT_RETRY_SECONDS = 2;
const DEFAULT_DELAY_MS = 1000;
const REPEATED_ROWS = 3;
const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>';
/** Nothing listens there: a client that follows it is caught, and none of its headers leave the machine. */
const FOREIGN_ORIGIN = 'http://127.0.0.2:9';
const CHUNK = ' '.repeat(64 * 1024);

type Effect = (exchange: Exchange, fault: Fault) => void | Promise<void>;

export const effects: Record<FaultName, Effect> = {
  'error-500': (exchange) => exchange.answerWith(failure(500, 'exception', 'The server failed')),
  'error-503': (exchange, fault) =>
    exchange.answerWith(
      failure(503, 'transient', 'The server is down for maintenance', retryAfter(exchange, fault)),
    ),
  throttle: (exchange, fault) => {
    const headers = retryAfter(exchange, { seconds: DEFAULT_RETRY_SECONDS, ...fault });
    exchange.answerWith(failure(429, 'throttled', 'Too many requests', headers));
  },
  locked: (exchange, fault) =>
    exchange.answerWith(
      failure(423, 'lock-error', 'Somebody has the record open', retryAfter(exchange, fault)),
    ),
  forbidden: (exchange) => exchange.answerWith(failure(403, 'forbidden', 'This record is restricted')),
  stale: (exchange, { status = 409 }) =>
    exchange.answerWith(failure(status, 'conflict', 'The resource was changed by somebody else')),
  html: (exchange) =>
    exchange.reply({ status: 200, contentType: 'text/html; charset=utf-8', text: LOGIN_PAGE }),
  'malformed-json': (exchange) => {
    const reply = exchange.serve();
    exchange.reply({ ...reply, text: `${reply.text.slice(0, -1)},,` });
  },
  'ignore-writes': (exchange) => exchange.reply(exchange.serve({ commit: false })),
  delay: async (exchange, { ms = DEFAULT_DELAY_MS }) => {
    await sleep(ms, undefined, { ref: false });
    exchange.reply(exchange.serve());
  },
  hang: (exchange) => exchange.record(0, 0),
  'drop-request': (exchange) => {
    exchange.record(0, 0);
    exchange.res.socket?.destroy();
  },
  'drop-answer': (exchange) => {
    exchange.record(exchange.serve().status, 0);
    exchange.res.socket?.destroy();
  },
  'hold-answer': (exchange) => {
    const reply = exchange.serve();
    exchange.record(reply.status, 0);
    exchange.world.held.hold(() => send(exchange.res, reply));
  },
  'repeated-rows': (exchange) => {
    exchange.raw.repeatedRows = REPEATED_ROWS;
    exchange.reply(exchange.serve());
  },
  'delete-mid-crawl': (exchange) => {
    deleteFirstRow(exchange);
    exchange.reply(exchange.serve());
  },
  'foreign-next': (exchange, { origin = FOREIGN_ORIGIN }) => {
    const url = new URL(exchange.url);
    exchange.answerWith(withNext(exchange.answer(), `${origin}${url.pathname}?_page=elsewhere`));
  },
  'loop-next': (exchange) => exchange.answerWith(withNext(exchange.answer(), exchange.url)),
  'expired-page': (exchange) => {
    exchange.raw.hospital.pages.expire();
    exchange.reply(exchange.serve());
  },
  'endless-body': (exchange) => endless(exchange),
  truncate: (exchange) => truncated(exchange, exchange.serve()),
  'truncate-gzip': (exchange) => truncatedGzip(exchange, exchange.serve()),
};

function failure(
  status: number,
  code: Issue['code'],
  diagnostics: string,
  headers: Record<string, string> = {},
): Answer {
  return refusalAnswer(new Refusal(status, { code, diagnostics }, headers));
}

function retryAfter(
  { raw }: Exchange,
  { seconds, form }: Pick<Fault, 'seconds' | 'form'>,
): Record<string, string> {
  if (seconds === undefined) return {};
  const until = new Date(raw.hospital.clock.now().getTime() + seconds * 1000);
  return { 'Retry-After': form === 'date' ? until.toUTCString() : String(seconds) };
}

/** The first row that the page would have shown is gone before it is read. */
function deleteFirstRow(exchange: Exchange): void {
  const { entry = [] } = exchange.answer().body as Bundle;
  const first = entry.find(({ search }) => search?.mode === 'match')?.resource as StoredResource | undefined;
  const { stores } = exchange.raw.hospital;
  if (first && isResourceType(first.resourceType)) stores[first.resourceType].remove(first);
}

/** Half of the compressed bytes, and an end as if that were all. */
function truncatedGzip({ res, record }: Exchange, { status, contentType, text }: Reply): void {
  const packed = gzipSync(text);
  const half = packed.subarray(0, Math.floor(packed.length / 2));
  record(status, half.length);
  res.writeHead(status, {
    'Content-Type': contentType,
    'Content-Encoding': 'gzip',
    'Content-Length': half.length,
  });
  res.end(half);
}

function withNext(answer: Answer, url: string): Answer {
  const bundle = answer.body as Bundle;
  if (bundle.resourceType !== 'Bundle') return answer;
  const link = (bundle.link ?? []).filter(({ relation }) => relation !== 'next');
  return { ...answer, body: { ...bundle, link: [...link, { relation: 'next', url }] } };
}

function endless({ res, record }: Exchange): void {
  record(200, 0);
  res.writeHead(200, { 'Content-Type': FHIR_JSON });
  res.on('drain', () => res.write(CHUNK));
  res.write(`{"resourceType":"Bundle",${CHUNK}`);
}

function truncated({ res, record }: Exchange, reply: Reply): void {
  const half = reply.text.slice(0, reply.text.length / 2);
  record(reply.status, Buffer.byteLength(half));
  if (half === '') return send(res, reply);
  res.writeHead(reply.status, {
    'Content-Type': reply.contentType,
    'Content-Length': Buffer.byteLength(reply.text),
  });
  res.write(half, () => res.socket?.destroy());
}

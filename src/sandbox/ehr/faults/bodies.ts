import { gzipSync } from 'node:zlib';
import type { Exchange } from '../fhir/exchange.js';
import { FHIR_JSON } from '../fhir/negotiation.js';
import { type Reply, send } from '../http.js';
import type { Effect } from './effect.js';
import type { FaultName } from './fault-book.js';

const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>';
const XML = '<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/><total value="0"/></Bundle>';
const CHUNK = ' '.repeat(64 * 1024);
const DEFAULT_BYTES = 200 * 1024 * 1024;

/** Faults in the bytes of an answer. */
export const bodies = {
  html: (exchange) =>
    exchange.reply({ status: 200, contentType: 'text/html; charset=utf-8', text: LOGIN_PAGE }),
  xml: (exchange) =>
    exchange.reply({ status: 200, contentType: 'application/fhir+xml; charset=utf-8', text: XML }),
  'malformed-json': (exchange) => {
    const reply = exchange.serve();
    exchange.reply({ ...reply, text: `${reply.text.slice(0, -1)},,` });
  },
  'endless-body': (exchange) => padded(exchange, Infinity),
  'huge-body': (exchange, { bytes = DEFAULT_BYTES }) => padded(exchange, bytes),
  truncate: (exchange) => truncated(exchange, exchange.serve()),
  'truncate-gzip': (exchange) => truncatedGzip(exchange, exchange.serve()),
} satisfies Partial<Record<FaultName, Effect>>;

/** JSON with more and more white space before its end, as fast as the client takes it. */
function padded({ res, record }: Exchange, bytes: number): void {
  record(200, 0);
  res.writeHead(200, { 'Content-Type': FHIR_JSON });
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!res.write(CHUNK)) return void res.once('drain', more);
    }
    res.end('"type":"searchset"}');
  };
  res.write('{"resourceType":"Bundle",');
  more();
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

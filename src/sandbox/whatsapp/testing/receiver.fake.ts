import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody } from '../http.js';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- a webhook is whatever was posted; the test says what it expects. */
export type Webhook = any;

export interface Received {
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  body: Webhook;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** Statuses to answer with, one for each coming POST; 200 once they are used up, 0 for a reset socket. */
  answers: number[];
  /** How long it takes for an answer. */
  delayMs: number;
  /** Every change value received, in order. */
  values(): Webhook[];
  statuses(): Webhook[];
  messages(): Webhook[];
  close(): Promise<void>;
}

/** A business's webhook endpoint that keeps all it gets and knows the verify token `verify-me`. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url!, 'http://receiver').searchParams;
    if (request.method === 'GET') {
      response.statusCode = query.get('hub.verify_token') === 'verify-me' ? 200 : 403;
      return void response.end(query.get('hub.challenge'));
    }
    void readBody(request, Infinity).then(async (bytes) => {
      received.push({ headers: request.headers, bytes, body: parse(bytes) });
      const status = answers.shift() ?? 200;
      if (status === 0) return void request.socket.destroy();
      if (receiver.delayMs > 0) await sleep(receiver.delayMs);
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const values = () =>
    received.flatMap(({ body }) =>
      body.entry.flatMap((entry: Webhook) => entry.changes.map((change: Webhook) => change.value)),
    );
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/whatsapp`,
    received,
    answers,
    delayMs: 0,
    values,
    statuses: () => values().flatMap((value: Webhook) => value.statuses ?? []),
    messages: () => values().flatMap((value: Webhook) => value.messages ?? []),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

function parse(bytes: Buffer): Webhook {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

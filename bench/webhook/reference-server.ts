import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, taskOf } from '../support/program.js';
import { NUMBER } from './webhooks.js';

interface Task {
  /** `no-op` answers; `hmac-parse` checks the signature and parses the body as well. */
  kind: 'no-op' | 'hmac-parse';
}

/** Bare node:http: what a webhook costs without a framework and without a database. */
const { kind } = await taskOf<Task>();

function isTaken(request: IncomingMessage, body: Buffer): boolean {
  if (kind === 'no-op') return true;
  const digest = createHmac('sha256', NUMBER.secret).update(body).digest();
  const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice('sha256='.length), 'hex');
  return timingSafeEqual(digest, given) && typeof JSON.parse(body.toString('utf8')) === 'object';
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    response.statusCode = isTaken(request, Buffer.concat(parts)) ? 200 : 401;
    response.setHeader('Content-Length', '0');
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => answer({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));

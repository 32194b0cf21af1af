// A process of its own: Meta's side as a stub. Answers every send after 60 ms and counts what came.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { answer as tell, taskOf } from '../support/program.js';

const { latencyMs } = await taskOf<{ latencyMs: number }>();

const TEMPLATE = {
  id: '1',
  name: 'appointment_reminder',
  language: 'en',
  status: 'APPROVED',
  category: 'UTILITY',
  parameter_format: 'POSITIONAL',
  components: [
    { type: 'BODY', text: 'Dear {{1}}, {{2}} expects you on {{3}} at {{4}}, {{5}}. Can you come?' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Confirm' },
        { type: 'QUICK_REPLY', text: 'Cancel' },
      ],
    },
  ],
};

let sends = 0;
let firstAt = 0;
let lastAt = 0;
let distinct = new Set<string>();

function take(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const now = performance.now();
    if (sends++ === 0) firstAt = now;
    lastAt = now;
    const { to } = JSON.parse(Buffer.concat(chunks).toString()) as { to: string };
    distinct.add(to);
    const id = `wamid.${randomBytes(24).toString('base64url')}`;
    const body = JSON.stringify({
      messaging_product: 'whatsapp',
      contacts: [{ input: to, wa_id: to }],
      messages: [{ id, message_status: 'accepted' }],
    });
    setTimeout(() => answer(response, body), latencyMs);
  });
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function read(url: string): object {
  if (url.endsWith('/reset')) {
    [sends, firstAt, lastAt, distinct] = [0, 0, 0, new Set()];
    return {};
  }
  if (url.endsWith('/count')) return { sends, distinct: distinct.size, seconds: (lastAt - firstAt) / 1_000 };
  if (url.includes('/message_templates')) return { data: [TEMPLATE] };
  const id = /\/v[\d.]+\/(\d+)/.exec(url)?.[1] ?? '0';
  return {
    id,
    display_phone_number: '+1 800-555-0190',
    quality_rating: 'GREEN',
    throughput: { level: 'HIGH' },
  };
}

const server = createServer((request, response) => {
  if (request.method === 'POST') take(request, response);
  else answer(response, JSON.stringify(read(request.url ?? '')));
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  tell({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit(0));

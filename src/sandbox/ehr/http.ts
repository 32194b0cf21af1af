import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './fhir/refusal.js';

/** Larger than any resource that the product may write, small enough to keep a mistake from filling the memory. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw refuse(413, 'too-long', 'The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  contentType: string;
  text: string;
}

export function send(res: ServerResponse, { status, headers, contentType, text }: Reply): void {
  res.writeHead(status, {
    ...headers,
    ...(text !== '' && { 'Content-Type': contentType }),
    ...(status !== 204 && { 'Content-Length': Buffer.byteLength(text) }),
  });
  res.end(text);
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  send(res, { status, contentType: 'application/json; charset=utf-8', text: JSON.stringify(body) });
}

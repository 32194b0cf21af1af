import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Call {
  method: string;
  path: string[];
  query: URLSearchParams;
  authorization: string;
  origin: string;
  body: Buffer;
  beganAt: Date;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** Misbehaviour that was asked for: the socket closes without an answer, or the answer waits. */
  socket?: 'destroy' | { holdMs: number };
}

export class BodyTooLarge extends Error {}

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** Reads the whole body. Listens by hand: an async iterator for every request is dear at thousands a second. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(new BodyTooLarge());
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

export function reply(response: ServerResponse, answer: Answer): void {
  if (answer.socket === 'destroy') return void response.socket?.destroy();
  if (answer.socket) {
    const later = setTimeout(
      () => reply(response, { ...answer, socket: undefined }),
      answer.socket.holdMs,
    ).unref();
    return void response.once('close', () => clearTimeout(later));
  }
  const body = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

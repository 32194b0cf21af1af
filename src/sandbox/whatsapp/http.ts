import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attempt } from './model.js';

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
  /** The answer goes out, or the socket closes, only after this. */
  wait?: Wait;
  /** Misbehaviour that was asked for: the connection ends in place of an answer. */
  socket?: 'close' | 'reset';
  /** Counts as answered once this goes out. */
  attempt?: Attempt;
}

/** Calls `go` later; answers how to call that off, for the case that nobody waits any more. */
export type Wait = (go: () => void) => () => void;

export const afterMs =
  (ms: number): Wait =>
  (go) => {
    const timer = setTimeout(go, ms).unref();
    return () => clearTimeout(timer);
  };

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
  const { wait, socket, attempt } = answer;
  if (wait)
    return void response.once(
      'close',
      wait(() => reply(response, { ...answer, wait: undefined })),
    );
  if (socket === 'reset') return void response.socket?.resetAndDestroy();
  if (socket === 'close') return void response.socket?.destroy();
  if (attempt) attempt.answered = true;
  const isPage = typeof answer.body === 'string';
  const body = isPage ? (answer.body as string) : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': isPage ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

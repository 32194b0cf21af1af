import { Agent, request } from 'node:http';

export const WEBHOOK_USER_AGENT = 'facebookexternalua';

/** Status 0 stands for no answer: refused, reset or too slow. */
export interface Outcome {
  status: number;
  body: string;
}

interface Letter {
  url: string;
  bytes: Buffer;
  signature?: string;
  timeoutMs: number;
}

export interface Poster {
  post(letter: Letter): Promise<Outcome>;
  get(url: string, timeoutMs: number): Promise<Outcome>;
  close(): void;
}

// A handshake challenge is short; nothing longer is worth keeping.
const KEPT_ANSWER_CHARACTERS = 1024;

export function makePoster(): Poster {
  const agent = new Agent({ keepAlive: true });
  const call = (
    url: string,
    method: string,
    letter?: Letter,
    timeoutMs = letter!.timeoutMs,
  ): Promise<Outcome> =>
    new Promise((resolve) => {
      const sent = request(url, { method, agent, headers: letter && headersOf(letter) });
      const deadline = setTimeout(() => sent.destroy(new Error('no answer in time')), timeoutMs).unref();
      const settle = (outcome: Outcome) => {
        clearTimeout(deadline);
        resolve(outcome);
      };
      sent.on('error', () => settle({ status: 0, body: '' }));
      sent.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body = (body + text).slice(0, KEPT_ANSWER_CHARACTERS)));
        response.on('end', () => settle({ status: response.statusCode ?? 0, body }));
        response.on('error', () => settle({ status: 0, body: '' }));
      });
      sent.end(letter?.bytes);
    });
  return {
    post: (letter) => call(letter.url, 'POST', letter),
    get: (url, timeoutMs) => call(url, 'GET', undefined, timeoutMs),
    close: () => agent.destroy(),
  };
}

function headersOf(letter: Letter): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': letter.bytes.length,
    'user-agent': WEBHOOK_USER_AGENT,
    ...(letter.signature === undefined ? {} : { 'x-hub-signature-256': letter.signature }),
  };
}

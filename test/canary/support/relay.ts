import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What the relay says in the other side's place. */
export interface Reply {
  status: number;
  type?: string;
  body: unknown;
}

export interface Passed {
  status: number;
  type: string;
  text: string;
}

interface Armed {
  matches: RegExp;
  reply: Reply;
  left: number;
}

/** Stands before a server, keeps what it answers, and answers in its place when asked to. */
export interface Relay {
  url: string;
  /** Every answer that went through, headers first. */
  passed: Passed[];
  /** The next `count` requests whose `METHOD /path` matches get this reply. */
  answer(matches: RegExp, reply: Reply, count?: number): void;
  /** How many of the armed replies went out. */
  readonly answered: number;
  close(): Promise<void>;
}

/** `target` is asked for each request, so that a relay can stand before a server that comes later. */
export async function startRelay(target: () => string): Promise<Relay> {
  const passed: Passed[] = [];
  const armed: Armed[] = [];
  let answered = 0;
  const server = createServer((req, res) => void handle(req, res));

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await buffer(req).catch(() => null);
    if (!body) return;
    const line = `${req.method} ${req.url}`;
    const one = armed.find(({ matches, left }) => left > 0 && matches.test(line));
    if (!one) return forward(req, res, body);
    one.left--;
    answered++;
    const { status, type = 'application/json', body: said } = one.reply;
    res.writeHead(status, { 'content-type': type });
    res.end(typeof said === 'string' ? said : JSON.stringify(said));
  }

  function forward(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
    const { method, headers } = req;
    const onward = request(new URL(req.url!, target()), { method, headers }, (answer) => {
      void buffer(answer).then(
        (bytes) => {
          const { statusCode: status = 0, headers: theirs } = answer;
          const type = String(theirs['content-type'] ?? '');
          passed.push({ status, type, text: `${answer.rawHeaders.join('\n')}\n\n${bytes.toString()}` });
          res.writeHead(status, theirs).end(bytes);
        },
        () => res.destroy(),
      );
    });
    // The other side hangs up: so do we.
    onward.on('error', () => res.destroy());
    onward.end(body);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    answer: (matches, reply, count = 1) => void armed.push({ matches, reply, left: count }),
    get answered() {
      return answered;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

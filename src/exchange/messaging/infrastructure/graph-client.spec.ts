import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphClient, type GraphAccess } from './graph-client.js';
import { retryAfterOf, wasNeverWritten } from './graph-error.js';

const json =
  (status: number, body: unknown, headers: object = {}) =>
  (answer: ServerResponse) =>
    void answer
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
const html = (status: number) => (answer: ServerResponse) =>
  void answer.writeHead(status, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
const envelope = (code: number, more: object = {}) => ({
  error: { message: 'x', type: 'OAuthException', code, fbtrace_id: 'A', ...more },
});

describe('a call to the Cloud API', () => {
  let server: Server;
  let respond: (answer: ServerResponse) => void;
  let asked: { url: string; token: string; body: string }[];
  let client: GraphClient;
  let access: GraphAccess;

  beforeAll(async () => {
    server = createServer((request, answer) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ url: request.url!, token: request.headers.authorization ?? '', body });
        respond(answer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    access = {
      graphBaseUrl: `http://127.0.0.1:${port}/v25.0`,
      accessToken: 'a-token',
      allowPrivateNetwork: true,
    };
  });
  beforeEach(() => {
    asked = [];
    client = new GraphClient();
  });
  afterEach(async () => {
    server.closeAllConnections();
    await client.onModuleDestroy();
  });
  afterAll(() => server.close());

  const send = (answer: (response: ServerResponse) => void) => {
    respond = answer;
    return client.send(access, '100200300', { to: 'nobody' });
  };

  it('is accepted when Meta gives a wamid', async () => {
    const outcome = await send(json(200, { messages: [{ id: 'wamid.X', message_status: 'accepted' }] }));
    expect(outcome).toEqual({ kind: 'accepted', wamid: 'wamid.X' });
    expect(asked).toEqual([
      { url: '/v25.0/100200300/messages', token: 'Bearer a-token', body: '{"to":"nobody"}' },
    ]);
  });

  it.each([
    ['an error', json(400, envelope(131026)), 131026],
    ['an error inside a 200', json(200, envelope(131047)), 131047],
    ['a server error with a code', json(503, envelope(131016)), 131016],
    ['a page of a proxy with a 4xx', html(404), null],
    [
      'a redirect, which is not followed',
      (answer: ServerResponse) => void answer.writeHead(302, { location: '/x' }).end(),
      null,
    ],
  ])('is refused by %s', async (_, answer, code) => {
    await expect(send(answer)).resolves.toMatchObject({ kind: 'refused', error: { code } });
    expect(asked).toHaveLength(1);
  });

  it('tells code, subcode, details and how long to wait', async () => {
    const body = envelope(130429, { error_subcode: 2494055, error_data: { details: 'slow down' } });
    await expect(send(json(429, body, { 'retry-after': '7' }))).resolves.toEqual({
      kind: 'refused',
      error: { code: 130429, subcode: 2494055, details: 'slow down', httpStatus: 429, retryAfterMs: 7_000 },
    });
  });

  it.each([
    ['a server error without a code', html(502)],
    ['a 200 without a wamid', json(200, { messages: [] })],
    ['a 200 that is no JSON', html(200)],
    ['a socket that closes after the request', (answer: ServerResponse) => void answer.socket!.destroy()],
    [
      'an answer over 1 MB',
      (answer: ServerResponse) => void answer.writeHead(200).end(`"${'x'.repeat(1_100_000)}"`),
    ],
  ])('stays unknown after %s', async (_, answer) => {
    await expect(send(answer)).resolves.toMatchObject({ kind: 'unknown' });
    expect(asked).toHaveLength(1);
  });

  it('is surely not sent where no connection was made', async () => {
    const nowhere = { ...access, graphBaseUrl: 'http://127.0.0.1:9/v25.0' };
    await expect(client.send(nowhere, '1', {})).resolves.toMatchObject({
      kind: 'refused',
      error: { code: null },
    });
    const inside = { ...access, allowPrivateNetwork: false };
    await expect(client.send(inside, '1', {})).resolves.toMatchObject({
      kind: 'refused',
      error: { code: null },
    });
    expect(asked).toEqual([]);
  });

  it('that reads fails in words, without the token', async () => {
    respond = json(401, envelope(190));
    await expect(client.read(access, '100200300', { fields: 'id' })).rejects.toMatchObject({
      code: 'whatsapp.refused-190',
      kind: 'remote',
      retryable: false,
    });
    respond = html(200);
    const strange = await client.read(access, '100200300', {}).catch((error: unknown) => error);
    expect(strange).toMatchObject({ code: 'whatsapp.strange-answer' });
    expect(JSON.stringify(strange, Object.getOwnPropertyNames(strange))).not.toContain('a-token');
  });
});

describe('what is known of a failed call', () => {
  it.each([
    ['ECONNREFUSED', true],
    ['ADDRESS_REFUSED', true],
    ['UND_ERR_CONNECT_TIMEOUT', true],
    ['CERT_HAS_EXPIRED', true],
    ['ECONNRESET', false],
    ['EPIPE', false],
    ['UND_ERR_SOCKET', false],
    ['UND_ERR_HEADERS_TIMEOUT', false],
    ['UND_ERR_ABORTED', false],
  ])('%s: surely never written is %s', (code, never) => {
    expect(wasNeverWritten(Object.assign(new Error('x'), { code }))).toBe(never);
  });

  it('reads Retry-After in both forms', () => {
    const now = new Date('2026-11-23T06:00:00Z');
    expect(retryAfterOf('7', now)).toBe(7_000);
    expect(retryAfterOf('Mon, 23 Nov 2026 06:01:00 GMT', now)).toBe(60_000);
    expect(retryAfterOf('Mon, 23 Nov 2026 05:00:00 GMT', now)).toBe(0);
    expect(retryAfterOf('soon', now)).toBeNull();
    expect(retryAfterOf(undefined, now)).toBeNull();
  });
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { factsOf } from '../../../../platform/logging/error-facts.js';
import { needsOf } from '../../domain/scopes.policy.js';
import type { Scopes } from '../../domain/smart.js';
import type { SigningKey } from './assertion.js';
import { makeKey, publicPart } from './jwk.js';
import { TokenSource, type TokenSourceSettings } from './token-source.js';

interface Seen {
  url: string;
  headers: IncomingMessage['headers'];
  form: URLSearchParams;
}
type Answer = (res: ServerResponse) => void;

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (res) =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const TOKEN = { access_token: 'token-0123456789', token_type: 'Bearer', expires_in: 300 };

describe('the tokens of one connection', () => {
  let servers: Server[];
  let ehr: string;
  let elsewhere: string;
  let answers: Record<string, Answer>;
  let seen: Seen[];
  let key: SigningKey;
  let now: Date;
  const sources: TokenSource[] = [];
  const granted: Scopes[] = [];
  let stopped = 0;

  beforeAll(async () => {
    servers = [await listen(), await listen()];
    [ehr, elsewhere] = servers.map(
      (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ) as [string, string];
    const jwk = await makeKey('ES384');
    key = { jwk, alg: 'ES384', kid: (await publicPart(jwk, 'ES384')).kid };
  });
  beforeEach(() => {
    seen = [];
    granted.length = stopped = 0;
    now = new Date('2026-11-23T06:00:00Z');
    answers = {
      '/fhir/.well-known/smart-configuration': json({
        token_endpoint: `${ehr}/token`,
        capabilities: ['permission-v2'],
      }),
      '/token': json(TOKEN),
    };
  });
  afterEach(() => {
    jest.restoreAllMocks();
    for (const source of sources.splice(0)) source.retire();
  });
  afterAll(() =>
    Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    ),
  );

  async function listen(): Promise<Server> {
    const server = createServer((req, res) => {
      void text(req).then((body) => {
        seen.push({
          url: `http://${req.headers.host}${req.url}`,
          headers: req.headers,
          form: new URLSearchParams(body),
        });
        (answers[req.url!] ?? json({}, 404))(res);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  function open(more: Partial<TokenSourceSettings> = {}): TokenSource {
    const settings: TokenSourceSettings = {
      baseUrl: `${ehr}/fhir`,
      clientId: 'an-app',
      tokenUrl: null,
      scopes: [],
      needs: needsOf({ profile: 'auto', appointmentWrite: 'L0', summaryCarrier: 'F', subscription: 'none' }),
      allowPrivateNetwork: true,
      ...more,
    };
    const source = new TokenSource(settings, {
      key: () => Promise.resolve(key),
      now: () => Promise.resolve(now),
      granted: (scopes) => Promise.resolve(void granted.push(scopes)),
      stopped: () => void stopped++,
    });
    sources.push(source);
    return source;
  }

  const posts = (): Seen[] => seen.filter(({ url }) => url.endsWith('/token'));
  const goOn = (ms: number): void => {
    const [clock, performanceNow] = [Date.now, performance.now.bind(performance)];
    jest.spyOn(Date, 'now').mockImplementation(() => clock() + ms);
    jest.spyOn(performance, 'now').mockImplementation(() => performanceNow() + ms);
  };

  it('are had for an assertion that says who, for whom, for how long, and only once', async () => {
    const source = open();
    expect(await source.header()).toBe(`Bearer ${TOKEN.access_token}`);
    source.renew(`Bearer ${TOKEN.access_token}`);
    await source.header();
    const jtis = new Set<unknown>();
    for (const { form } of posts()) {
      const assertion = form.get('client_assertion')!;
      const verified = await jwtVerify(assertion, await importJWK(await publicPart(key.jwk, 'ES384')), {
        ...{ issuer: 'an-app', subject: 'an-app', audience: `${ehr}/token`, algorithms: ['ES384'] },
        currentDate: now,
      });
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES384', kid: key.kid, typ: 'JWT' });
      expect(verified.payload.exp! - now.getTime() / 1_000).toBeLessThanOrEqual(300);
      jtis.add(verified.payload.jti);
    }
    expect(jtis.size).toBe(2);
  });

  it('may come from another origin, which gets the assertion and nothing else', async () => {
    answers['/fhir/.well-known/smart-configuration'] = json({ token_endpoint: `${elsewhere}/token` });
    await open().header();
    const [{ url, headers, form }] = posts() as [Seen];
    expect(url).toBe(`${elsewhere}/token`);
    expect(headers).not.toHaveProperty('authorization');
    expect([...form.keys()].sort()).toEqual([
      'client_assertion',
      'client_assertion_type',
      'grant_type',
      'scope',
    ]);
    expect(form.get('scope')).toBe(
      'system/Appointment.read system/Patient.read system/Practitioner.read system/Location.read',
    );
  });

  it('come from where the CapabilityStatement says, when nothing else does', async () => {
    const uris = { url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris' };
    const extension = [{ ...uris, extension: [{ url: 'token', valueUri: `${ehr}/token` }] }];
    delete answers['/fhir/.well-known/smart-configuration'];
    answers['/fhir/metadata'] = json({
      resourceType: 'CapabilityStatement',
      rest: [{ security: { extension } }],
    });
    await open().header();
    expect(posts()).toHaveLength(1);
    answers['/fhir/metadata'] = json({ resourceType: 'CapabilityStatement' });
    await expect(open().header()).rejects.toMatchObject({ code: 'fhir.no-token-endpoint' });
    expect(posts()).toHaveLength(1);
  });

  it('come from where the hospital says, with the scopes that it says', async () => {
    await open({ tokenUrl: `${elsewhere}/token`, scopes: ['system/*.read'] }).header();
    expect(posts().map(({ url, form }) => [url, form.get('scope')])).toEqual([
      [`${elsewhere}/token`, 'system/*.read'],
    ]);
  });

  it.each(['ftp://ehr.example/token', 'https://u:p@ehr.example/token', 'token', '/token'])(
    'are not fetched from %s',
    async (endpoint) => {
      answers['/fhir/.well-known/smart-configuration'] = json({ token_endpoint: endpoint });
      await expect(open().header()).rejects.toMatchObject({ code: 'fhir.bad-token-endpoint' });
    },
  );

  it('are not fetched from the own network unless that is allowed', async () => {
    await expect(open({ allowPrivateNetwork: false }).header()).rejects.toMatchObject({
      code: 'fhir.address-refused',
    });
    expect(seen).toEqual([]);
  });

  it('are not looked for elsewhere while the EHR cannot say where', async () => {
    answers['/fhir/.well-known/smart-configuration'] = json({}, 503);
    await expect(open().header()).rejects.toMatchObject({ code: 'fhir.sign-in-unavailable' });
    expect(seen).toHaveLength(1);
  });

  it('carry what was granted: what was asked for where the answer does not say', async () => {
    const source = open({ scopes: ['system/Patient.rs', 'system/Slot.rs'] });
    const asked = ['system/Patient.rs', 'system/Slot.rs'];
    expect(await source.scopes()).toEqual({ asked, granted: asked });
    source.renew(`Bearer ${TOKEN.access_token}`);
    answers['/token'] = json({ ...TOKEN, scope: 'system/Patient.r  system/Other.rs' });
    await source.header();
    expect(granted.at(-1)).toEqual({ asked, granted: ['system/Patient.r', 'system/Other.rs'] });
  });

  it.each([
    [60, 29, 31],
    [3_600, 3_554, 3_556],
    // As if five minutes had been said.
    [undefined, 254, 256],
  ])('that live for %s seconds are good after %i, and taken anew after %i', async (lifetime, good, late) => {
    answers['/token'] = json({ ...TOKEN, expires_in: lifetime });
    const source = open();
    await source.header();
    const began = now.getTime();
    now = new Date(began + good * 1_000);
    await source.header();
    expect(posts()).toHaveLength(1);
    now = new Date(began + late * 1_000);
    await source.header();
    expect(posts()).toHaveLength(2);
  });

  it('case 28: are asked for once by all who wait', async () => {
    answers['/token'] = (res) => void setTimeout(() => json(TOKEN)(res), 50);
    const source = open();
    await Promise.all(Array.from({ length: 50 }, () => source.header()));
    expect(posts()).toHaveLength(1);
  });

  it('case 28: are not asked for while the circuit is open, and again once after half a minute', async () => {
    answers['/token'] = json({}, 500);
    const source = open();
    for (let i = 0; i < 10; i++)
      await expect(source.header()).rejects.toMatchObject({
        code: 'fhir.sign-in-unavailable',
        retryable: true,
      });
    expect([posts().length, stopped]).toEqual([3, 1]);
    answers['/token'] = json(TOKEN);
    goOn(31_000);
    await source.header();
    expect(posts()).toHaveLength(4);
  });

  it.each([429, 503])('are not asked for until the time that a %i names', async (status) => {
    answers['/token'] = json({}, status, { 'retry-after': '20' });
    const source = open();
    for (let i = 0; i < 3; i++)
      await expect(source.header()).rejects.toMatchObject({ retryAfterSeconds: 20 });
    expect(posts()).toHaveLength(1);
    answers['/token'] = json(TOKEN);
    goOn(21_000);
    await source.header();
    expect(posts()).toHaveLength(2);
  });

  it.each<[string, Answer, string]>([
    [
      'a login page',
      (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'fhir.sign-in-unavailable',
    ],
    ['another kind of token', json({ ...TOKEN, token_type: 'mac' }), 'fhir.sign-in-unavailable'],
    ['a token with a line break', json({ ...TOKEN, access_token: 'a\r\nb: c' }), 'fhir.sign-in-unavailable'],
    ['a broken line', (res) => void res.socket!.destroy(), 'fhir.sign-in-unavailable'],
    [
      'a redirect',
      (res) => void res.writeHead(307, { location: `${elsewhere}/token` }).end(),
      'fhir.sign-in-unavailable',
    ],
    [
      'a refusal',
      json({ error: 'invalid_client', error_description: 'an-app' }, 401),
      'fhir.sign-in-refused',
    ],
    ['unknown scopes', json({ error: 'invalid_scope' }, 400), 'fhir.scope-refused'],
  ])('are none when %s comes, and the failure says nothing of what was sent', async (_, answer, code) => {
    answers['/token'] = answer;
    const error: unknown = await open()
      .header()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, effect: 'not-done', retryable: true });
    expect(posts()).toHaveLength(1);
    const told = JSON.stringify([error, Object.entries(error as object), factsOf(error), String(error)]);
    for (const secret of ['eyJ', 'an-app', ehr, elsewhere]) expect(told).not.toContain(secret);
  });

  it('are found again when the endpoint has moved', async () => {
    const source = open();
    await source.header();
    source.renew(`Bearer ${TOKEN.access_token}`);
    answers['/token'] = json({}, 404);
    await expect(source.header()).rejects.toMatchObject({ code: 'fhir.sign-in-refused' });
    answers['/fhir/.well-known/smart-configuration'] = json({ token_endpoint: `${ehr}/moved` });
    answers['/moved'] = json(TOKEN);
    expect(await source.header()).toBe(`Bearer ${TOKEN.access_token}`);
  });

  it('are had no more once the source is retired', async () => {
    const source = open();
    await source.header();
    source.retire();
    await expect(source.header()).rejects.toMatchObject({ code: 'fhir.sign-in-unavailable' });
    expect(posts()).toHaveLength(1);
  });
});

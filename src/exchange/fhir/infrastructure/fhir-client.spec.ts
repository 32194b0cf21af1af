import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle } from 'fhir/r4.js';
import { factsOf } from '../../../platform/logging/error-facts.js';
import { type Credentials, fixedCredentials } from './auth/credentials.js';
import { type Ehr, json, PATIENT, SECRET, startEhr } from './fhir-client.fake.js';
import type { MergedRecord } from './fhir-fault.js';

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the client of one EHR', () => {
  let ehr: Ehr;

  beforeAll(async () => void (ehr = await startEhr()));
  beforeEach(() => ehr.reset());
  afterAll(() => ehr.close());

  it('signs in by token, by password, or not at all', async () => {
    await ehr.open().read('Patient', '1');
    await ehr
      .open({ credentials: fixedCredentials({ type: 'basic', username: 'u', password: 'p' }) })
      .read('Patient', '1');
    await ehr.open({ credentials: fixedCredentials({ type: 'none' }) }).read('Patient', '1');
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect(ehr.seen.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${SECRET}`,
      basic,
      undefined,
    ]);
    expect(ehr.seen[0]!.headers).toMatchObject({
      accept: 'application/fhir+json',
      'cache-control': 'no-cache',
    });
  });

  it('tells the time of the EHR', async () => {
    const at = 'Mon, 23 Nov 2026 06:00:00 GMT';
    ehr.answer = (req, res) => {
      res.setHeader('date', at);
      json(PATIENT)(req, res);
    };
    expect((await ehr.open().read('Patient', '1')).date).toEqual(new Date(at));
  });

  it.each(['..', '.', 'a/b', '../../admin', 'a?b', '', 'é', 'a'.repeat(65)])(
    'does not ask for the id %j',
    async (id) => {
      expect(() => ehr.open().read('Patient', id)).toThrow('fhir.reference');
      expect(ehr.seen).toHaveLength(0);
    },
  );

  it.each([
    'http://127.0.0.2:9/fhir/Patient?page=2',
    'https://127.0.0.1/fhir',
    '//127.0.0.2:9/fhir',
    '/admin',
    '/fhirs/Patient',
    '../admin',
    '/fhir/../admin',
    '/fhir/%2e%2e/admin',
    '/fhir/..%2fadmin',
    '/fhir/..%5Cadmin',
    'javascript:alert(1)',
    'http://[',
  ])('does not follow %s, and sends nothing there', async (link) => {
    await expect(async () => ehr.open().next(link)).rejects.toMatchObject({
      code: 'fhir.foreign-address',
      retryable: false,
    });
    expect([ehr.seen, ehr.foreign]).toEqual([[], ['next-link']]);
  });

  it('does not follow a link into its own origin that carries another login', async () => {
    const link = `${ehr.origin.replace('http://', 'http://u:p@')}/fhir/Patient`;
    await expect(async () => ehr.open().next(link)).rejects.toMatchObject({ code: 'fhir.foreign-address' });
    expect(ehr.seen).toHaveLength(0);
  });

  it.each(['?page=2', 'Patient?page=2', '/fhir?page=2', '/fhir/Patient?page=2'])(
    'follows %s',
    async (link) => {
      ehr.answer = json({ resourceType: 'Bundle', type: 'searchset' } satisfies Bundle);
      await ehr.open().next(link);
      expect(ehr.seen).toHaveLength(1);
    },
  );

  it('does not follow a redirect', async () => {
    ehr.answer = (_req, res) => res.writeHead(302, { location: `${ehr.origin}/elsewhere` }).end();
    await expect(ehr.open().read('Appointment', '1')).rejects.toMatchObject({
      code: 'fhir.redirected',
      status: 302,
    });
    expect(ehr.seen).toHaveLength(1);
  });

  it.each(['/fhir/Patient/2', '2', '/fhir/Patient/2/_history/3'])(
    'takes a redirect of a patient to %s for a merge, and sends nothing there',
    async (location) => {
      ehr.answer = (_req, res) => res.writeHead(301, { location }).end();
      const fault = await ehr
        .open()
        .read('Patient', '1')
        .catch((error: unknown) => error as MergedRecord);
      expect(fault).toMatchObject({ code: 'fhir.merged', retryable: false });
      expect((fault as MergedRecord).into()).toBe('Patient/2');
      expect(JSON.stringify([fault, Object.entries(fault), factsOf(fault)])).not.toContain('Patient/2');
      expect(ehr.seen).toHaveLength(1);
    },
  );

  it.each([
    ['another host', 'http://127.0.0.2:9/fhir/Patient/2', 'fhir.foreign-address'],
    ['another path of its host', '/elsewhere/Patient/2', 'fhir.foreign-address'],
    ['a path that climbs out', '/fhir/../Patient/2', 'fhir.foreign-address'],
    ['another scheme', 'javascript:alert(1)', 'fhir.foreign-address'],
    ['no address', 'http://[', 'fhir.foreign-address'],
    ['itself', '/fhir/Patient/1', 'fhir.redirected'],
    ['another sort of record', '/fhir/Practitioner/2', 'fhir.redirected'],
    ['what is no id', '/fhir/Patient/a%20b', 'fhir.redirected'],
    ['nowhere', undefined, 'fhir.redirected'],
  ])('believes no redirect of a patient to %s', async (_, location, code) => {
    ehr.answer = (_req, res) => res.writeHead(301, location === undefined ? {} : { location }).end();
    await expect(ehr.open().read('Patient', '1')).rejects.toMatchObject({ code, retryable: false });
    expect(ehr.seen).toHaveLength(1);
  });

  describe('beside which another server listens', () => {
    let other: Server;
    let elsewhere: string;
    let thefts: (string | undefined)[];

    beforeAll(async () => {
      other = createServer((req, res) => {
        thefts.push(req.headers.authorization);
        json({ resourceType: 'Binary', contentType: 'text/plain' })(req, res);
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/fhir`;
    });
    beforeEach(() => void (thefts = []));
    afterAll(() => new Promise((resolve) => other.close(resolve)));

    it('sends nothing there for a link, a redirect or the place of a new record', async () => {
      const client = ehr.open();
      await expect(client.next(`${elsewhere}/Patient?page=2`)).rejects.toMatchObject({
        code: 'fhir.foreign-address',
      });
      expect(client.isElsewhere(`${elsewhere}/Binary/1`)).toBe(true);
      expect(client.isElsewhere(`${ehr.origin}/fhir/Binary/1`)).toBe(false);
      expect(client.isElsewhere('Binary/1')).toBe(false);
      ehr.answer = (_req, res) => res.writeHead(307, { location: `${elsewhere}/Patient/1` }).end();
      await expect(client.read('Patient', '1')).rejects.toMatchObject({ code: 'fhir.foreign-address' });
      ehr.answer = (_req, res) => res.writeHead(201, { location: `${elsewhere}/Communication/5` }).end();
      const made = await client.create({ resourceType: 'Communication', status: 'completed' });
      expect(made.location).toBeNull();
      expect([thefts, ehr.foreign]).toEqual([[], ['next-link', 'redirect', 'location']]);
    });

    it('asks at its own base for what lies below an alternate one', async () => {
      const client = ehr.open({ alternateBaseUrls: ['http://inner.example:8080/hapi'] });
      ehr.answer = json({ resourceType: 'Bundle', type: 'searchset' } satisfies Bundle);
      await client.next('http://inner.example:8080/hapi?_getpages=a&_getpagesoffset=20');
      await client.next('http://inner.example:8080/hapi/Patient?page=2');
      await expect(client.next('http://inner.example:8080/other/Patient?page=2')).rejects.toMatchObject({
        code: 'fhir.foreign-address',
      });
      expect(ehr.seen.map(({ url }) => url)).toEqual([
        '/fhir?_getpages=a&_getpagesoffset=20',
        '/fhir/Patient?page=2',
      ]);
      expect(ehr.seen.map(({ headers }) => headers.authorization)).toEqual([
        `Bearer ${SECRET}`,
        `Bearer ${SECRET}`,
      ]);
      ehr.answer = (_req, res) =>
        res.writeHead(201, { location: 'http://inner.example:8080/hapi/Communication/5/_history/1' }).end();
      const made = await client.create({ resourceType: 'Communication', status: 'completed' });
      expect(made.location).toBe(`${ehr.origin}/fhir/Communication/5/_history/1`);
    });
  });

  it('searches for a patient by POST where that works, so that no address names one', async () => {
    ehr.answer = json({ resourceType: 'Bundle', type: 'searchset' } satisfies Bundle);
    const client = ehr.open();
    await client.search('Communication', { patient: 'Patient/1' });
    client.postSearches(true);
    await client.search('Communication', { patient: 'Patient/1', _count: '1' });
    await client.search('Patient', { _id: '1' });
    await client.search('Appointment', { date: 'ge2026-11-23', location: 'Location/1' });
    expect(ehr.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /fhir/Communication?patient=Patient%2F1',
      'POST /fhir/Communication/_search',
      'POST /fhir/Patient/_search',
      'GET /fhir/Appointment?date=ge2026-11-23&location=Location%2F1',
    ]);
    expect(ehr.seen[1]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('asks once where it only wants to know whether it is answered', async () => {
    ehr.answer = json({}, 503);
    await expect(ehr.open().search('Patient', {}, { once: true })).rejects.toMatchObject({ status: 503 });
    await expect(ehr.open().read('Patient', '1', { once: true })).rejects.toMatchObject({ status: 503 });
    expect(ehr.seen).toHaveLength(2);
  });

  it('knows how to sign in where the EHR tells, and goes on where it does not', async () => {
    ehr.answer = json({ token_endpoint: 'https://ehr.example/token' });
    await expect(ehr.open().smartConfiguration()).resolves.toMatchObject({
      token_endpoint: expect.any(String),
    });
    expect(ehr.seen[0]!.url).toBe('/fhir/.well-known/smart-configuration');
    for (const send of [
      json({}, 404),
      json({}, 403),
      (_: unknown, res: ServerResponse) => void res.end('<html>'),
    ]) {
      ehr.answer = send;
      await expect(ehr.open().smartConfiguration()).resolves.toBeNull();
    }
    expect(ehr.seen).toHaveLength(4);
  });

  it.each(['4130', '4131', '4134'])(
    'tells of a record behind break-the-glass (%s) and leaves it alone',
    async (code) => {
      const issue = [{ severity: 'fatal', code: 'suppressed', details: { coding: [{ code }] } }];
      ehr.answer = json({ resourceType: 'OperationOutcome', issue }, 403);
      await expect(ehr.open().read('Patient', '1')).rejects.toMatchObject({
        code: 'fhir.restricted',
        retryable: false,
      });
      expect([ehr.seen.length, ehr.restricted]).toEqual([1, [{ type: 'Patient', id: '1' }]]);
      ehr.answer = json({ resourceType: 'OperationOutcome', issue: [] }, 403);
      await expect(ehr.open().read('Patient', '1')).rejects.toMatchObject({ code: 'fhir.forbidden' });
      expect(ehr.restricted).toHaveLength(1);
    },
  );

  const say = (status: number, type: string, body: string) => (res: ServerResponse) =>
    res.writeHead(status, { 'content-type': type }).end(body);

  it.each([
    ['200 with HTML', say(200, 'text/html', '<html>sign in</html>')],
    ['200 with XML', say(200, 'application/fhir+xml', '<Bundle xmlns="http://hl7.org/fhir"/>')],
    ['406 and nothing', say(406, 'text/plain', '')],
    ['406 with XML', say(406, 'application/fhir+xml', '<OperationOutcome/>')],
    ['an empty answer', say(200, 'application/fhir+json', '')],
    ['another resource', say(200, 'application/fhir+json', '{"resourceType":"Basic"}')],
    ['a list', say(200, 'application/fhir+json', '[]')],
    ['null', say(200, 'application/fhir+json', 'null')],
    ['a text', say(200, 'application/fhir+json', '"yes"')],
  ])('case 12: %s is a passing failure, never zero results', async (_, send) => {
    ehr.answer = (_req, res) => send(res);
    await expect(ehr.open().search('Appointment', {}, { once: true })).rejects.toMatchObject({
      code: 'fhir.not-fhir',
      retryable: true,
    });
  });

  it('does not take a proxy’s page for the absence of a record', async () => {
    ehr.answer = (_req, res) =>
      res.writeHead(404, { 'content-type': 'text/html' }).end('<html>no such site</html>');
    await expect(ehr.open().read('Patient', '1')).rejects.toMatchObject({ code: 'fhir.not-fhir' });
    ehr.answer = json({ resourceType: 'OperationOutcome', issue: [] }, 404);
    await expect(ehr.open().read('Patient', '1')).rejects.toMatchObject({
      code: 'fhir.not-found',
      status: 404,
    });
  });

  it('asks for another token once, and not again where that is refused too', async () => {
    ehr.answer = json({}, 401);
    let renewals = 0;
    const credentials: Credentials = {
      ...fixedCredentials({ type: 'none' }),
      header: () => Promise.resolve(`Bearer token-${renewals}`),
      renew: () => ++renewals > 0,
    };
    await expect(ehr.open({ credentials }).read('Patient', '1')).rejects.toMatchObject({
      code: 'fhir.unauthorised',
      retryable: false,
    });
    expect(ehr.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-0',
      'Bearer token-1',
    ]);
  });

  it('tries a read again, and a refused one not', async () => {
    ehr.answer = (req, res) => (ehr.seen.length < 3 ? json({}, 503) : json(PATIENT))(req, res);
    await expect(ehr.open().read('Patient', '1')).resolves.toMatchObject({ resource: PATIENT });
    expect(ehr.seen).toHaveLength(3);
    ehr.answer = json({}, 403);
    await expect(ehr.open().read('Patient', '1')).rejects.toMatchObject({ code: 'fhir.forbidden' });
    expect(ehr.seen).toHaveLength(4);
  });

  it('waits as long as the EHR asks, with all that it wants of it', async () => {
    ehr.answer = (req, res) => {
      if (ehr.seen.length > 1) return json(PATIENT)(req, res);
      res.setHeader('retry-after', '1');
      return json({}, 429)(req, res);
    };
    const client = ehr.open();
    const began = performance.now();
    const refused = client.read('Patient', '1');
    while (ehr.seen.length === 0) await sleep(5);
    await sleep(100);
    // Not the one that was refused.
    await client.read('Patient', '2');
    expect(performance.now() - began).toBeGreaterThanOrEqual(995);
    await refused;
    expect(ehr.seen).toHaveLength(3);
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const gone = ehr.open({ baseUrl: `http://127.0.0.1:${await closedPort()}/fhir` });
    await expect(gone.create({ resourceType: 'Communication', status: 'completed' })).rejects.toMatchObject({
      code: 'fhir.unavailable',
      effect: 'not-done',
    });
  });

  it('does not call the own network unless it may', async () => {
    await expect(ehr.open({ allowPrivateNetwork: false }).read('Patient', '1')).rejects.toMatchObject({
      name: 'FhirFault',
    });
    expect(ehr.seen).toHaveLength(0);
  });

  it('says nothing of what was asked in any failure', async () => {
    const asked = 'Asha-1970-01-01';
    for (const send of [json({ note: asked }, 500), json({ note: asked }, 422), json({}, 302)]) {
      ehr.answer = send;
      const error: unknown = await ehr
        .open()
        .search('Patient', { name: asked })
        .catch((thrown: unknown) => thrown);
      const told = JSON.stringify([error, Object.entries(error as object), factsOf(error), String(error)]);
      expect(told).not.toContain(asked);
      expect(told).not.toContain(SECRET);
      expect(told).not.toContain(ehr.origin);
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import type { Bundle } from 'fhir/r4.js';
import { factsOf } from '../../../platform/logging/error-facts.js';
import { type Credentials, fixedCredentials } from './auth/credentials.js';
import { FakeServer, json, PATIENT, SECRET } from './fhir-server.fake.js';

describe('the client of one EHR', () => {
  const ehr = new FakeServer();

  beforeAll(() => ehr.start());
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

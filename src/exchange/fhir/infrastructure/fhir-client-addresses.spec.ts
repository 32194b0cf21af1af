import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle } from 'fhir/r4.js';
import { factsOf } from '../../../platform/logging/error-facts.js';
import type { MergedRecord } from './fhir-fault.js';
import { FakeServer, json, SECRET } from './fhir-server.fake.js';

describe('where the client of one EHR goes: it', () => {
  const ehr = new FakeServer();

  beforeAll(() => ehr.start());
  beforeEach(() => ehr.reset());
  afterAll(() => ehr.close());

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

  it('takes a redirect of a patient to an alternate base for a merge', async () => {
    const inner = 'http://inner.example:8080/hapi';
    ehr.answer = (_req, res) => res.writeHead(301, { location: `${inner}/Patient/2` }).end();
    const client = ehr.open({ alternateBaseUrls: ['http://other.example/fhir', inner] });
    const fault = await client.read('Patient', '1').catch((error: unknown) => error as MergedRecord);
    expect(fault).toMatchObject({ code: 'fhir.merged' });
    expect([(fault as MergedRecord).into(), ehr.foreign]).toEqual(['Patient/2', []]);
    expect(ehr.seen).toHaveLength(1);
  });

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
});

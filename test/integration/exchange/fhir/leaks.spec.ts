import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../../../src/app.module.js';
import { FhirFacade } from '../../../../src/exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { systemContext } from '../../../../src/platform/context/context.js';
import { createApp } from '../../../../src/platform/http/create-app.js';
import { publicId } from '../../../../src/platform/ids/ids.js';
import { Log } from '../../../../src/platform/logging/log.js';
import { copyTemplate, type TestDatabase } from '../../../support/database.js';
import { testSettings } from '../../../support/settings.js';
import { organizationOf } from './hospital.js';
import { statement } from './odd-ehr.js';

/** One of each that an error of an EHR may carry. */
const CANARIES = {
  token: 'canarytoken0123456789',
  name: 'Canaryname Zephyrine',
  phone: '+15550100',
  body: 'canarybody of a note',
  query: 'canaryquery-77',
};
const WORDS = Object.values(CANARIES).join(' ');
const OUTCOME = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'processing', diagnostics: WORDS, details: { text: WORDS } }],
};

type Answer = { status: number; type?: string; body: string; headers?: Record<string, string> };
const outcome = (status: number): Answer => ({ status, body: JSON.stringify(OUTCOME) });
const ERRORS: [string, Answer][] = [
  ...[400, 401, 403, 404, 409, 410, 412, 422, 423, 500, 501].map((status): [string, Answer] => [
    `${status}`,
    outcome(status),
  ]),
  ['a throttle', { ...outcome(429), headers: { 'retry-after': '600' } }],
  ['a login page', { status: 200, type: 'text/html', body: `<html>${WORDS}</html>` }],
  ['XML', { status: 200, type: 'application/fhir+xml', body: `<Bundle>${WORDS}</Bundle>` }],
  ['torn JSON', { status: 200, body: `{"resourceType":"Bundle","note":"${WORDS}` }],
  ['another resource', { status: 200, body: JSON.stringify({ resourceType: 'Basic', note: WORDS }) }],
  [
    'a redirect',
    { status: 302, body: WORDS, headers: { location: `http://thief.example/${encodeURIComponent(WORDS)}` } },
  ],
  [
    'a foreign next link',
    {
      status: 200,
      body: JSON.stringify({
        resourceType: 'Bundle',
        type: 'searchset',
        link: [{ relation: 'next', url: `http://thief.example/?name=${encodeURIComponent(WORDS)}` }],
      }),
    },
  ],
];

describe('case 40: an error of the EHR', () => {
  let app: NestFastifyApplication;
  let database: TestDatabase;
  let server: Server;
  let answer: Answer | null = null;
  let said = '';
  let url: string;
  const apiKey = randomBytes(32).toString('hex');
  const write = process.stderr.write.bind(process.stderr);

  beforeAll(async () => {
    server = createServer((req, res) => {
      const {
        status,
        type = 'application/fhir+json',
        body,
        headers,
      } = req.url!.endsWith('/metadata')
        ? ({ status: 200, body: JSON.stringify(statement(['date'])) } as Answer)
        : answer!;
      res.writeHead(status, { 'content-type': type, ...headers }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ehr = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // What the product logs goes to stderr: here it is heard.
    process.stderr.write = ((chunk: string | Uint8Array) => {
      said += Buffer.from(chunk).toString('utf8');
      return true;
    }) as typeof process.stderr.write;
    database = await copyTemplate();
    const settings = testSettings('web', { bootstrapApiKey: apiKey, logLevel: 'debug' });
    const log = new Log(
      'debug',
      new Writable({ write: (chunk: Buffer, _, done) => ((said += chunk.toString()), done()) }),
    );
    app = await createApp(AppModule.with(settings, database.runtimeUrl), log, { docs: false });
    await app.init();
    const auth = { type: 'bearer', token: { value: CANARIES.token } };
    await app
      .get(OrganizationsFacade)
      .applySetup({ organizations: [organizationOf('st-marys', ehr, { auth })] });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    process.stderr.write = write;
    await app.close();
    await database.drop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const call = async (method: string, path: string): Promise<string> => {
    const headers = { authorization: `Bearer ${apiKey}`, 'x-organization': 'st-marys' };
    const response = await fetch(`${url}${path}`, { method, headers });
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  };

  it.each(ERRORS)(
    '%s says nothing of a patient, of the query or of our token, wherever it is told',
    async (_, error) => {
      answer = error;
      const organizationId = (await app.get(OrganizationsFacade).all())[0]!.id;
      const ctx = systemContext(organizationId, 'test');
      const fhir = app.get(FhirFacade, { strict: false });
      const [connection] = await fhir.connections(ctx);
      const id = publicId('ehr', connection!.id);
      const thrown = await Promise.all([
        fhir.read(ctx, connection!.id, 'Patient/1').catch((fault: unknown) => fault),
        fhir
          .search(ctx, connection!.id, 'Patient', { name: CANARIES.query })
          .catch((fault: unknown) => fault),
      ]);
      const told = [
        said,
        ...thrown.map((fault) =>
          JSON.stringify([fault, Object.entries(fault as object), String(fault), (fault as Error).stack]),
        ),
        await call('POST', `/v1/ehr-connections/${id}/sync`),
        await call('POST', `/v1/ehr-connections/${id}/check`),
        await call('GET', `/v1/ehr-connections/${id}`),
        await call('GET', '/metrics'),
      ].join('\n');
      for (const canary of Object.values(CANARIES)) {
        expect(told).not.toContain(canary);
        expect(told).not.toContain(encodeURIComponent(canary));
      }
      expect(told).not.toContain('thief.example');
    },
  );

  it('is told at all: the log was heard, and the answers had words', async () => {
    answer = outcome(422);
    expect(said).not.toBe('');
    expect(await call('GET', '/metrics')).toContain('carethread_');
  });
});

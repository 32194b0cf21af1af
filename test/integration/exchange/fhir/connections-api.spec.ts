import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { setClock } from './database.js';
import { BEGIN, organizationOf } from './hospital.js';
import { startStandIn, type StandIn } from './stand-in.js';

const SECRET = 'secret-of-the-hospital';

interface Answer {
  status: number;
  etag: string | null;
  body: Record<string, never> & { id: string; code: string; data: { id: string; name: string }[] };
  text: string;
}

describe('EHR connections over HTTP', () => {
  let test: TestApp;
  let ehr: StandIn;
  let id: string;
  const organizations: object[] = [];

  beforeAll(async () => {
    ehr = await startStandIn(BEGIN);
    const auth = { type: 'bearer', token: { value: SECRET } };
    organizations.push(organizationOf('st-marys', ehr.url, { auth }), organizationOf('harbour', ehr.url, {}));
    // Loops stay asleep: what happens here is asked for here.
    test = await startApp({ organizations }, 'web');
    await setClock(test.database, BEGIN);
    id = (await call('GET', '')).body.data[0]!.id;
  });
  afterAll(async () => {
    await test.close();
    await ehr.close();
  });

  async function call(
    method: string,
    path: string,
    {
      body,
      headers = {},
      organization = 'st-marys',
    }: { body?: unknown; headers?: Record<string, string>; organization?: string } = {},
  ): Promise<Answer> {
    const answer = await fetch(`${test.url}/v1/ehr-connections${path}`, {
      method,
      headers: {
        authorization: `Bearer ${test.apiKey}`,
        'x-organization': organization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      text,
      body: JSON.parse(text) as Answer['body'],
    };
  }

  it('lists them with their settings and no secret', async () => {
    const { status, body, text } = await call('GET', '');
    expect(status).toBe(200);
    expect(body.data).toEqual([
      expect.objectContaining({
        name: 'main',
        auth: { type: 'bearer' },
        state: 'active',
        appointment_write: 'auto',
      }),
    ]);
    expect(text).not.toContain(SECRET);
  });

  it('tells what the EHR can do', async () => {
    const { body } = await call('GET', `/${id}/capabilities`);
    expect(body).toMatchObject({
      fhir_version: '4.0.1',
      sync_strategy: 'last-updated',
      appointment_write: 'L3',
    });
  });

  it('syncs now and answers with what it did', async () => {
    const { status, body } = await call('POST', `/${id}/sync`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      complete: true,
      full: true,
      quarantined: { 'no-patient': 1, 'unknown-status': 1 },
    });
    const after = await call('GET', `/${id}`);
    expect(after.body).toMatchObject({
      status: {
        fault: null,
        failures: 0,
        quarantined: { 'no-patient': 1, 'no-start': 1 },
        complete_at: expect.any(String) as string,
      },
    });
  });

  it('answers a sync that failed with the EHR’s failure, in words', async () => {
    await ehr.fault({ name: 'html' });
    const { status, body } = await call('POST', `/${id}/sync`);
    expect([status, body.code]).toEqual([503, 'fhir.not-fhir']);
    const check = await call('POST', `/${id}/check`);
    expect([check.status, check.body]).toEqual([
      200,
      expect.objectContaining({ ok: false, fault: 'fhir.not-fhir' }),
    ]);
    await ehr.clearFaults();
    expect((await call('POST', `/${id}/check`)).body).toMatchObject({ ok: true, fault: null });
  });

  it('makes one, once for each key', async () => {
    const body = { name: 'second', base_url: `${ehr.url}/harbour/fhir`, allow_private_network: true };
    const headers = { 'idempotency-key': 'a-second-one' };
    const made = await call('POST', '', { body, headers });
    const again = await call('POST', '', { body, headers });
    expect([made.status, again.status, again.body.id]).toEqual([201, 201, made.body.id]);
    expect((await call('POST', '', { body })).body.code).toBe('ehr.name-taken');
    expect((await call('GET', `/${made.body.id}/capabilities`)).body).toMatchObject({
      sync_strategy: 'window-scan',
      appointment_write: 'L0',
      conditional_create: false,
    });
  });

  it.each([
    ['ehr.base-url', { base_url: 'http://ehr.example/fhir', allow_private_network: false }],
    ['ehr.auth', { auth: { type: 'smart-backend' } }],
    ['ehr.auth', { auth: { type: 'basic', username: 'u' } }],
  ])('refuses with %s', async (code, wrong) => {
    const base = { name: 'third', base_url: 'https://ehr.example/fhir' };
    const { status, body } = await call('POST', '', { body: { ...base, ...wrong } });
    expect([status, body.code]).toEqual([422, code]);
  });

  it.each([
    { name: 'Bad Name' },
    { sync: { horizon_days: 0 } },
    { sync: { overlap_seconds: 86_401 } },
    { profile: 'other' },
    { colour: 'red' },
  ])('refuses %j as no settings', async (wrong) => {
    const { status } = await call('POST', '', {
      body: { name: 'third', base_url: 'https://ehr.example/fhir', ...wrong },
    });
    expect(status).toBe(400);
  });

  it('changes one for who has read it last', async () => {
    const { etag } = await call('GET', `/${id}`);
    const change = { body: { sync: { interval_seconds: 60, overlap_seconds: 86_400 } } };
    expect((await call('PATCH', `/${id}`, change)).status).toBe(428);
    const changed = await call('PATCH', `/${id}`, { ...change, headers: { 'if-match': etag! } });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      sync: { interval_seconds: 60, overlap_seconds: 86_400, horizon_days: 45 },
      auth: { type: 'bearer' },
    });
    expect(changed.etag).not.toBe(etag);
    expect((await call('PATCH', `/${id}`, { ...change, headers: { 'if-match': etag! } })).status).toBe(412);
    expect((await call('POST', `/${id}/sync`)).status).toBe(200);
  });

  it('asks the EHR again when what it may do was changed', async () => {
    const { etag } = await call('GET', `/${id}`);
    await call('PATCH', `/${id}`, { body: { appointment_write: 'L0' }, headers: { 'if-match': etag! } });
    expect((await call('GET', `/${id}/capabilities`)).body).toMatchObject({ appointment_write: 'L0' });
  });

  it('stays paused through a restart, which applies the setup file again', async () => {
    const { etag } = await call('GET', `/${id}`);
    await call('PATCH', `/${id}`, { body: { state: 'paused' }, headers: { 'if-match': etag! } });
    await test.app.get(OrganizationsFacade).applySetup({ organizations });
    expect((await call('GET', `/${id}`)).body).toMatchObject({ state: 'paused' });
    const after = await call('GET', `/${id}`);
    await test.app.get(OrganizationsFacade).applySetup({ organizations });
    expect((await call('GET', `/${id}`)).etag).toBe(after.etag);
  });

  it('does not hand a secret to another server', async () => {
    const { etag } = await call('GET', `/${id}`);
    const body = { base_url: 'https://thief.example/fhir' };
    const { body: answer } = await call('PATCH', `/${id}`, { body, headers: { 'if-match': etag! } });
    expect(answer.code).toBe('ehr.auth');
  });

  it('of another hospital do not exist', async () => {
    const elsewhere = { organization: 'harbour' };
    const statuses = [
      (await call('GET', `/${id}`, elsewhere)).status,
      (await call('GET', `/${id}/capabilities`, elsewhere)).status,
      (await call('POST', `/${id}/sync`, elsewhere)).status,
      (await call('POST', `/${id}/check`, elsewhere)).status,
      (await call('PATCH', `/${id}`, { ...elsewhere, body: {}, headers: { 'if-match': '"1"' } })).status,
    ];
    expect(statuses).toEqual([404, 404, 404, 404, 404]);
    expect((await call('GET', '', elsewhere)).body.data.map((one) => one.id)).not.toContain(id);
  });
});

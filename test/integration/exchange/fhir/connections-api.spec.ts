import { getMetadataStorage } from 'class-validator';
import {
  AuthDto,
  BudgetDto,
  ChangeConnectionDto,
  HintsSettingsDto,
  SummarySettingsDto,
  SyncSettingsDto,
} from '../../../../src/exchange/fhir/api/connections.dto.js';
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

interface Faulty {
  errors?: { pointer: string }[];
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

  it('keeps through a restart what was set here and the setup file does not name', async () => {
    const { etag } = await call('GET', `/${id}`);
    const escrow_key = {
      ...{ kty: 'EC', crv: 'P-256', kid: 'the-hospital' },
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    };
    const body = {
      state: 'active',
      appointment_write: 'L0',
      alternate_base_urls: ['https://proxy.example/fhir'],
      sync: { strategy: 'window-scan', interval_seconds: 77, horizon_days: 12 },
      budget: { quiet_hours: { from: '22:00', to: '06:00' } },
      summary: { carrier: 'C', escrow_key, label: 'R' },
      contact_flags: [{ on: 'label', url: 'urn:hospital:contact', value: 'NONE', purposes: [] }],
      hints: { secrets: ['an-engine-of-this-hospital-000001'] },
    };
    expect((await call('PATCH', `/${id}`, { body, headers: { 'if-match': etag! } })).status).toBe(200);
    const before = await call('GET', `/${id}`);
    await test.app.get(OrganizationsFacade).applySetup({ organizations });
    const after = await call('GET', `/${id}`);
    expect([after.etag, after.body]).toEqual([before.etag, before.body]);
    expect(after.body).toMatchObject({ appointment_write: 'L0', hints: { signed: true } });

    const [mine, other] = organizations as [{ ehr: object[] }, object];
    const named = { ...mine, ehr: [{ ...mine.ehr[0], sync: { horizonDays: 9 } }] };
    await test.app.get(OrganizationsFacade).applySetup({ organizations: [named, other] });
    expect((await call('GET', `/${id}`)).body).toMatchObject({
      appointment_write: 'L0',
      sync: { horizon_days: 9, interval_seconds: 77, strategy: 'window-scan' },
    });
  });

  it('does not follow the setup file to another server with the secret of this one', async () => {
    const [
      {
        ehr: [own],
        ...mine
      },
      other,
    ] = organizations as [{ ehr: [{ auth: object }] }, object];
    const { auth: _, ...moved } = { ...own, baseUrl: 'https://thief.example/fhir' };
    await expect(
      test.app.get(OrganizationsFacade).applySetup({ organizations: [{ ...mine, ehr: [moved] }, other] }),
    ).rejects.toMatchObject({ faults: [expect.stringContaining('credentials again')] });
  });

  describe('are told of a null', () => {
    const sub = {
      auth: ['username', 'password', 'token', 'client_id', 'alg', 'private_key', 'private_keys', 'scopes'],
      sync: [
        ...['strategy', 'scan_by', 'horizon_days', 'interval_seconds', 'overlap_seconds'],
        ...['locations', 'practitioners'],
      ],
      budget: ['requests_per_second', 'concurrency'],
      summary: ['carrier', 'recipients'],
      hints: ['secrets', 'subscription'],
    };
    const mayBeNull = {
      ...{ auth: ['type', 'token_url'], sync: [], budget: ['quiet_hours'] },
      ...{ summary: ['escrow_key', 'sender', 'label'], hints: ['topic'] },
    };
    const fieldsOf = (type: new () => object): string[] => {
      const known = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
      return [...new Set(known.map(({ propertyName }) => propertyName))].sort();
    };
    const whole = [
      ...[
        'name',
        'base_url',
        'alternate_base_urls',
        'profile',
        'auth',
        'sync',
        'budget',
        'appointment_write',
      ],
      ...['summary', 'contact_flags', 'hints', 'allow_private_network', 'state'],
    ];
    const wrong = [
      ...whole.map((name) => [`/${name}`, { [name]: null }] as const),
      ...Object.entries(sub).flatMap(([outer, names]) =>
        names.map(
          (name) =>
            [
              `/${outer}/${name}`,
              { [outer]: { ...(outer === 'auth' && { type: 'none' }), [name]: null } },
            ] as const,
        ),
      ),
      [
        '/contact_flags/0/purposes',
        { contact_flags: [{ on: 'label', url: 'u', value: 'v', purposes: null }] },
      ],
    ] as const;

    it('with the field that may not be null, for every one of the body', async () => {
      expect(fieldsOf(ChangeConnectionDto)).toEqual([...whole].sort());
      const inner = { auth: AuthDto, sync: SyncSettingsDto, budget: BudgetDto };
      const others = { summary: SummarySettingsDto, hints: HintsSettingsDto };
      for (const [name, type] of Object.entries({ ...inner, ...others }))
        expect(fieldsOf(type)).toEqual([...sub[name as 'sync'], ...mayBeNull[name as 'auth']].sort());
      const { etag } = await call('GET', `/${id}`);
      const answers: unknown[] = [];
      for (const [, body] of wrong) {
        const { status, body: answer } = await call('PATCH', `/${id}`, {
          body,
          headers: { 'if-match': etag! },
        });
        answers.push([status, answer.code, (answer as unknown as Faulty).errors?.[0]?.pointer]);
      }
      expect(answers).toEqual(wrong.map(([pointer]) => [422, 'ehr.null', pointer]));
    });

    it('only where it says nothing: what may be missing goes away', async () => {
      const { etag } = await call('GET', `/${id}`);
      const body = {
        budget: { quiet_hours: null },
        summary: { escrow_key: null, sender: null, label: null },
        hints: { topic: null },
      };
      const changed = await call('PATCH', `/${id}`, { body, headers: { 'if-match': etag! } });
      expect([changed.status, changed.body]).toEqual([
        200,
        expect.objectContaining({ budget: expect.objectContaining({ quiet_hours: null }) as object }),
      ]);
    });

    it.each([{ contact_flags: [null] }, { sync: { locations: [null] } }, { hints: { secrets: [null] } }])(
      'in a list too: %j',
      async (body) => {
        const { etag } = await call('GET', `/${id}`);
        const { status } = await call('PATCH', `/${id}`, { body, headers: { 'if-match': etag! } });
        expect([400, 422]).toContain(status);
      },
    );
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

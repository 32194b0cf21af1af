import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import { Connections } from '../../../../src/exchange/fhir/application/connections.js';
import { Probe } from '../../../../src/exchange/fhir/application/probe.js';
import { CapabilityChanged } from '../../../../src/exchange/fhir/events.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { setClock } from './database.js';
import type { OddRequest } from './odd-ehr.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { bundle, type OddEhr, outcome, PATIENT, startOddEhr, visit } from './odd-ehr.js';

const SOON = '2026-11-26T09:00:00+05:30';
const PLACED = visit('a', SOON, {
  meta: { versionId: '1' },
  participant: [
    { actor: { reference: 'Patient/1' }, status: 'accepted' },
    { actor: { reference: 'Location/9' }, status: 'accepted' },
  ],
});

const offers = (
  type: CapabilityStatementRestResource['type'],
  codes: string[],
  params: string[],
  searchInclude: string[] = [],
): CapabilityStatementRestResource => ({
  type,
  interaction: codes.map((code) => ({ code: code as 'read' })),
  searchParam: params.map((name) => ({ name, type: 'token' })),
  searchInclude,
});

const says = (...resource: CapabilityStatementRestResource[]): CapabilityStatement => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-11-01',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server', resource }],
});

const READS = ['read', 'search-type'];
const WIDE = says(
  offers('Appointment', READS, ['date', 'location', 'patient', '_lastUpdated'], ['Appointment:patient']),
  offers('Patient', READS, ['_id']),
  offers('Communication', [...READS, 'create'], ['identifier', 'patient']),
);
const refused = { status: 400, body: outcome('invalid', 'error') };
const dropped = (code: string) => ({
  body: bundle([
    {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'processing', details: { coding: [{ code }] } }],
    },
  ]),
});

describe('the live test of an EHR', () => {
  let ehr: OddEhr;
  let hospital: Hospital;

  beforeEach(async () => {
    ehr = await startOddEhr(BEGIN);
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl });
  });
  afterEach(async () => {
    await hospital.close();
    await ehr.close();
  });

  type Answers = (request: OddRequest) => { status?: number; body: unknown } | undefined;
  const answering = (answers: Answers, statement = WIDE) =>
    ehr.answer((request) => {
      if (request.path === 'metadata') return { body: statement };
      if (request.path === '.well-known/smart-configuration') return { status: 404, body: {} };
      if (request.path === 'Appointment/a') return { body: PLACED };
      return answers(request) ?? { body: bundle([]) };
    });
  const check = async () => {
    const checked = await hospital.platform.app
      .get(Probe, { strict: false })
      .check(hospital.ctx, hospital.connectionId);
    const lines = Object.fromEntries(checked.lines.map(({ question, ok, fault }) => [question, ok || fault]));
    return { ...checked, lines, found: checked.described?.capabilities };
  };

  it('proves what matters by reading alone, a few requests long', async () => {
    answering(({ method, path, query, body }) => {
      if (path === 'Patient/_search')
        return { body: bundle([{ ...PATIENT, id: (body as URLSearchParams).get('_id')! }]) };
      if (path !== 'Appointment' || query.has('_lastUpdated')) return undefined;
      expect(method).toBe('GET');
      return { body: bundle([PLACED, PATIENT]) };
    });
    const { fault, lines, found, described } = await check();
    expect(fault).toBeNull();
    expect(lines).toEqual({
      metadata: true,
      'smart-configuration': true,
      'appointment-by-date': true,
      'appointment-includes': true,
      'page-size': true,
      'appointment-by-last-updated': true,
      'appointment-read': true,
      'post-search': true,
      'communication-by-identifier': true,
    });
    expect(found).toMatchObject({
      syncStrategy: 'last-updated',
      scanBy: 'date',
      includes: ['Appointment:patient'],
      postSearch: true,
      because: { syncStrategy: 'tested', scanBy: 'tested', postSearch: 'tested', includes: 'tested' },
    });
    expect(described!.table).toContainEqual(
      expect.objectContaining({ question: 'sync-strategy', answer: 'last-updated', because: 'tested' }),
    );
    expect(ehr.requests.length).toBeLessThanOrEqual(9);
    expect(ehr.requests.every(({ method, path }) => method === 'GET' || path.endsWith('/_search'))).toBe(
      true,
    );
  });

  it('case 15: _lastUpdated refused is asked once, and the days are scanned from then on', async () => {
    answering(({ query }) => (query.has('_lastUpdated') ? refused : undefined));
    const { lines, found } = await check();
    expect(lines['appointment-by-last-updated']).toBe('fhir.refused');
    expect(found).toMatchObject({ syncStrategy: 'window-scan', because: { syncStrategy: 'tested' } });
    await hospital.sync();
    await hospital.sync();
    expect(ehr.requests.filter(({ query }) => query.has('_lastUpdated'))).toHaveLength(1);
  });

  it.each([
    ['says that it dropped it (4122)', dropped('4122')],
    ['says that it dropped it (59100)', dropped('59100')],
    ['shows rows that changed in no future', { body: bundle([PLACED]) }],
  ])('case 15: an EHR that takes _lastUpdated and %s is scanned by days', async (_, answer) => {
    answering(({ query }) => (query.has('_lastUpdated') ? answer : undefined));
    const { lines, found } = await check();
    expect(lines['appointment-by-last-updated']).toBe('fhir.parameter-ignored');
    expect(found).toMatchObject({ syncStrategy: 'window-scan' });
  });

  it('does not follow a setting that the EHR was seen to refuse, and says so', async () => {
    await hospital.close();
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl, sync: { strategy: 'last-updated' } });
    answering(({ query }) => (query.has('_lastUpdated') ? refused : undefined));
    const { described } = await check();
    const row = described!.table.find(({ question }) => question === 'sync-strategy');
    expect(row).toMatchObject({ answer: 'window-scan', because: 'tested' });
    expect(row!.words).toContain('The setting asks for last-updated');
  });

  it('finds the next way where a search by days alone is refused', async () => {
    await hospital.rows(`insert into fhir.resource (organization_id, connection_id, type, id, fhir_id, hash, read_at)
      select organization_id, id, 'Location', gen_random_uuid(), '9', '', now() from fhir.connection`);
    answering(({ path, query }) => {
      if (path !== 'Appointment' || query.has('_lastUpdated')) return undefined;
      return query.get('location') === 'Location/9' ? { body: bundle([PLACED]) } : refused;
    });
    const { lines, found } = await check();
    expect(lines).toMatchObject({ 'appointment-by-date': 'fhir.refused', 'appointment-by-location': true });
    expect(found).toMatchObject({ scanBy: 'location', because: { scanBy: 'tested' } });
    // Promised, and nobody was brought along.
    expect(found!.includes).toEqual([]);
  });

  it('sees that a filter is dropped though nobody says so', async () => {
    answering(({ path, query }) =>
      path === 'Appointment' && !query.has('_lastUpdated')
        ? { body: bundle([visit('far', '2030-01-01T09:00:00Z')]) }
        : undefined,
    );
    const { lines, found } = await check();
    expect(lines['appointment-by-date']).toBe('fhir.parameter-ignored');
    // Nothing better could be tried; the rows are filtered here.
    expect(['date', 'location', 'patient']).toContain(found!.scanBy);
  });

  it('does not search by POST where the body is not looked at', async () => {
    answering(({ path, query }) => {
      if (path === 'Patient/_search') return { body: bundle([PATIENT, { ...PATIENT, id: '2' }]) };
      return path === 'Appointment' && !query.has('_lastUpdated') ? { body: bundle([PLACED]) } : undefined;
    });
    const { lines, found } = await check();
    expect([lines['post-search'], found!.postSearch]).toEqual(['fhir.parameter-ignored', false]);
  });

  it('looks for Communications by the patient where the identifier filters only afterwards', async () => {
    answering(({ path, query }) => {
      if (path === 'Communication' && query.has('identifier')) return dropped('4122');
      return path === 'Appointment' && !query.has('_lastUpdated') ? { body: bundle([PLACED]) } : undefined;
    });
    const { lines, found } = await check();
    expect(lines).toMatchObject({
      'communication-by-identifier': 'fhir.parameter-ignored',
      'communication-by-patient': true,
    });
    expect(found!.communicationSearch).toBe('patient');
  });

  it('says that a visit without a version cannot be changed', async () => {
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: WIDE };
      if (path === 'Appointment/a') return { body: visit('a', SOON) };
      return { body: bundle(path === 'Appointment' && !query.has('_lastUpdated') ? [visit('a', SOON)] : []) };
    });
    expect((await check()).lines['appointment-read']).toBe('fhir.no-version');
  });

  it('keeps what the statement says where the EHR stumbles, and asks again within the hour', async () => {
    answering(({ query }) => (query.has('_lastUpdated') ? { status: 503, body: {} } : undefined));
    const { lines, found } = await check();
    expect(lines['appointment-by-last-updated']).toBe('fhir.unavailable');
    expect(found).toMatchObject({ syncStrategy: 'last-updated' });
    expect(ehr.requests.filter(({ query }) => query.has('_lastUpdated'))).toHaveLength(1);
    const [row] = await hospital.rows<{ minutes: number }>(
      `select extract(epoch from probe_due_at - platform.now()) / 60 as minutes from fhir.sync`,
    );
    expect(Number(row!.minutes)).toBeGreaterThan(50);
    expect(Number(row!.minutes)).toBeLessThan(61);
  });

  it('is made again each day by itself, and says so when what the EHR can do is another', async () => {
    const probe = hospital.platform.app.get(Probe, { strict: false });
    hospital.platform.app
      .get(Listeners, { strict: false })
      .on(CapabilityChanged, 'test.capability@1', async () => undefined);
    const told = async (): Promise<number> =>
      (
        await hospital.rows<{ ids: string[] }>(
          `select payload->'ids' as ids from graphile_worker._private_jobs`,
        )
      ).filter(({ ids }) => ids.includes(hospital.connectionId)).length;
    const atHour = (hours: number) =>
      setClock(hospital.platform.database, new Date(BEGIN.getTime() + hours * 3_600_000));
    const asked = () => ehr.requests.filter(({ path }) => path === 'metadata').length;
    answering(() => undefined);
    expect(await probe.claim(hospital.ctx)).toBe(1);
    expect([asked(), await told()]).toEqual([1, 1]);

    await atHour(23.9);
    expect(await probe.claim(hospital.ctx)).toBe(0);
    await atHour(24.1);
    expect(await probe.claim(hospital.ctx)).toBe(1);
    // The same answer is no news.
    expect([asked(), await told()]).toEqual([2, 1]);

    answering(() => undefined, says(offers('Appointment', [...READS, 'update'], ['date'])));
    await atHour(48.2);
    expect(await probe.claim(hospital.ctx)).toBe(1);
    expect([asked(), await told()]).toEqual([3, 2]);
    expect(await hospital.fhir.capabilities(hospital.ctx, hospital.connectionId)).toMatchObject({
      appointmentWrite: 'L2',
    });
  });

  it('tells staff when the EHR can do less than before, until it can again', async () => {
    const items = () =>
      hospital.rows(
        `select kind, reason, state, resolution from worklist.work_item order by state desc, resolution`,
      );
    const item = { kind: 'ehr-connection', reason: 'ehr-capability-lost' };
    const can = (...codes: string[]) =>
      answering(() => undefined, says(offers('Appointment', [...READS, ...codes], ['date'])));
    can('update');
    await check();
    expect(await items()).toEqual([]);

    can();
    await check();
    expect(await items()).toEqual([{ ...item, state: 'open', resolution: null }]);
    const told = await hospital.rows<{ body: string }>(
      `select convert_from(body, 'utf8') as body from audit.event
        where convert_from(body, 'utf8') like '%"ehr-connection.capabilities-changed"%' order by recorded_at, id`,
    );
    expect(told.map(({ body }) => (JSON.parse(body) as { detail: object }).detail)).toEqual([
      { level: 'L2', carrier: 'F', strategy: 'window-scan' },
      {
        ...{ level_before: 'L2', carrier_before: 'F', strategy_before: 'window-scan' },
        ...{ level: 'L0', carrier: 'F', strategy: 'window-scan' },
      },
    ]);

    // What a person has dealt with does not come back with the next day's probe.
    await hospital.rows(
      `update worklist.work_item set state = 'resolved', resolution = 'seen', resolved_at = platform.now()`,
    );
    await check();
    expect(await items()).toEqual([{ ...item, state: 'resolved', resolution: 'seen' }]);
    await hospital.rows(
      `update worklist.work_item set state = 'open', resolution = null, resolved_at = null`,
    );

    can('update');
    await check();
    expect(await items()).toEqual([{ ...item, state: 'resolved', resolution: 'capability-back' }]);
  });

  it('keeps nothing that it found for settings which changed meanwhile, and is made again', async () => {
    const { ctx, connectionId, platform } = hospital;
    const connections = platform.app.get(Connections, { strict: false });
    const statement = says(offers('Appointment', [...READS, 'update'], ['date']));
    let changed = false;
    ehr.answer(async ({ path }) => {
      if (path !== 'metadata') return { body: bundle([]) };
      if (!changed) {
        changed = true;
        const settings = await connections.settings(ctx, connectionId);
        const row = { id: connectionId, version: 1 };
        await connections.change(ctx, row, { ...settings, appointmentWrite: 'L0' });
        await hospital.rows(`update fhir.sync set probe_due_at = platform.now() + interval '1 day'`);
      }
      return { body: statement };
    });
    await check();
    expect(
      await hospital.rows(
        `select c.capabilities, c.probed_at, s.probe_due_at <= platform.now() as due
           from fhir.connection c join fhir.sync s on s.connection_id = c.id`,
      ),
    ).toEqual([{ capabilities: null, probed_at: null, due: true }]);
    expect(await platform.app.get(Probe, { strict: false }).claim(ctx)).toBe(1);
    expect(await hospital.fhir.capabilities(ctx, connectionId)).toMatchObject({ appointmentWrite: 'L0' });
  });

  it('tells that nobody lets us in, in words', async () => {
    ehr.answer(({ path }) =>
      path === 'metadata' ? { body: WIDE } : { status: 401, body: outcome('login', 'error') },
    );
    const { fault, lines, described } = await check();
    expect([fault!.code, lines, described]).toEqual([
      'fhir.unauthorised',
      { 'sign-in': 'fhir.unauthorised' },
      null,
    ]);
  });
});

describe('what each vendor’s stand-in is found to offer', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('st-marys');
  });
  afterAll(() => hospital.close());

  it('is proved against the open one without a write', async () => {
    await hospital.sync();
    const since = (await hospital.ehr.history()).length;
    const probe = hospital.platform.app.get(Probe, { strict: false });
    const { lines, described } = await probe.check(hospital.ctx, hospital.connectionId);
    expect(lines.filter(({ ok }) => !ok)).toEqual([]);
    expect(described!.capabilities).toMatchObject({ syncStrategy: 'last-updated', postSearch: true });
    const asked = (await hospital.ehr.history()).slice(since);
    expect(
      asked.every(({ interaction }) => ['capabilities', 'read', 'search-type'].includes(interaction)),
    ).toBe(true);
  });
});

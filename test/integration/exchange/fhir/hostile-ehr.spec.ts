import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FhirResource } from 'fhir/r4.js';
import { Probe } from '../../../../src/exchange/fhir/application/probe.js';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { SchedulingModule } from '../../../../src/care/scheduling/index.js';
import { PatientsFacade } from '../../../../src/exchange/patients/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { BEGIN, type Hospital, openHospital, organizationOf } from './hospital.js';
import { bundle, type OddEhr, outcome, PATIENT, startOddEhr, statement, visit } from './odd-ehr.js';

const SOON = '2026-11-26T09:00:00+05:30';
const TOKEN = 'token-0123456789';
const INNER = 'http://inner.example:8080/hapi';

/** An EHR that was taken over, or is merely odd: what it may not make us do. */
describe('an EHR that names addresses', () => {
  let ehr: OddEhr;
  let hospital: Hospital;
  let other: Server;
  let elsewhere: string;
  let thefts: (string | undefined)[];

  beforeAll(async () => {
    other = createServer((req, res) => {
      thefts.push(`${req.url} ${req.headers.authorization}`);
      res.end('{}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/fhir`;
  });
  afterAll(() => new Promise((resolve) => other.close(resolve)));
  beforeEach(async () => {
    thefts = [];
    ehr = await startOddEhr(BEGIN);
    const settings = {
      baseUrl: ehr.baseUrl,
      alternateBaseUrls: [INNER],
      auth: { type: 'bearer', token: { value: TOKEN } },
    };
    hospital = await openHospital('st-marys', settings, { modules: [SchedulingModule] });
  });
  afterEach(async () => {
    await hospital.close();
    await ehr.close();
  });

  const answering = (
    appointments: (query: URLSearchParams) => object,
    others: Record<string, FhirResource> = {},
  ) =>
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { body: PATIENT };
      const known = others[path];
      if (known) return { body: known };
      return path === 'Appointment'
        ? { body: appointments(query) }
        : { status: 404, body: outcome('not-found', 'error') };
    });
  const visitAt = (id: string, base: string, version = '') =>
    visit(id, SOON, {
      participant: [`${base}/Patient/1${version}`, `${base}/Location/1`].map((reference) => ({
        actor: { reference },
        status: 'accepted' as const,
      })),
    });
  const alarms = async () =>
    (
      await hospital.rows<{ where: string }>(
        `select convert_from(body, 'utf8')::jsonb->'detail'->>'where' as where from audit.event
          where convert_from(body, 'utf8')::jsonb->>'type' = 'ehr.foreign-address-refused' order by 1`,
      )
    ).map((row) => row.where);
  const visits = async () =>
    (
      await hospital.rows<{ id: string }>(
        `select fhir_id as id from fhir.resource where type = 'Appointment' order by 1`,
      )
    ).map(({ id }) => id);

  it.each([
    ['on another host', () => `${elsewhere}/Appointment?page=2`],
    ['on the same host outside of its base', () => ehr.baseUrl.replace('/fhir', '/admin?page=2')],
  ])(
    'case 9: a next link %s ends the sync, no word of ours leaves, and security is told once',
    async (_, link) => {
      answering(() => bundle([visit('a', SOON)], link()));
      await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.foreign-address', retryable: false });
      await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.foreign-address' });
      expect([thefts, await alarms()]).toEqual([[], ['next-link']]);
      expect(ehr.requests.every(({ path }) => !path.includes('admin'))).toBe(true);
    },
  );

  it('case 9: a participant of another server is not read, the visit is taken, and security is told once', async () => {
    const participant = [
      { actor: { reference: 'Patient/1' }, status: 'accepted' as const },
      { actor: { reference: `${elsewhere}/Practitioner/7` }, status: 'accepted' as const },
    ];
    answering(() => bundle([visit('a', SOON, { participant }), visit('b', SOON, { participant })]));
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true });
    await hospital.sync();
    expect([thefts, await visits(), await alarms()]).toEqual([[], ['a', 'b'], ['reference']]);
  });

  it('case 9: an attachment of another server stays there, one of its own is read', async () => {
    const note = (id: string, url: string): FhirResource => ({
      resourceType: 'Communication',
      id,
      status: 'completed',
      payload: [{ contentAttachment: { contentType: 'text/plain', url } }],
    });
    answering(() => bundle([]), {
      'Communication/1': note('1', `${elsewhere}/Binary/1`),
      'Communication/2': note('2', 'Binary/2'),
      'Communication/3': note('3', `${INNER}/Binary/2`),
      'Binary/2': { resourceType: 'Binary', id: '2', contentType: 'text/plain', data: 'aGk=' },
    });
    const read = async (id: string): Promise<string> =>
      JSON.stringify(await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Communication/${id}`));
    expect(await read('1')).toContain('Binary/1');
    expect(await read('2')).toContain('aGk=');
    expect(await read('3')).toContain('aGk=');
    expect([thefts, await alarms()]).toEqual([[], ['attachment']]);
  });

  it('case 9: a record that is said to lie on another server is not looked for there', async () => {
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      return { status: 302, body: outcome('processing', 'warning'), location: `${elsewhere}/${path}` };
    });
    for (const reference of ['Patient/1', 'Practitioner/7', 'Communication/1'])
      await expect(hospital.fhir.read(hospital.ctx, hospital.connectionId, reference)).rejects.toMatchObject({
        retryable: false,
      });
    expect([thefts, await alarms()]).toEqual([[], ['redirect']]);
    // There was something to lose: our own EHR got it.
    const asked = ehr.requests.filter(({ path }) => path !== 'metadata');
    expect(asked.map(({ authorization }) => authorization)).toEqual(asked.map(() => `Bearer ${TOKEN}`));
    expect(asked.map(({ path }) => path)).toEqual(expect.arrayContaining(['Patient/1', 'Communication/1']));
  });

  it('case 10: links and references of a listed alternate base are followed at the base itself', async () => {
    const others = [
      visitAt('b', ehr.baseUrl),
      visitAt('c', INNER),
      visitAt('d', INNER, '/_history/2'),
      visitAt('e', 'https://other.example/fhir'),
    ];
    answering(
      (query) =>
        query.has('page')
          ? bundle(others)
          : bundle([visit('a', SOON), ...others.slice(0, 1)], `${INNER}/Appointment?page=2`),
      { 'Location/1': { resourceType: 'Location', id: '1' } },
    );
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true, changed: { Appointment: 4 } });
    expect([await visits(), await alarms()]).toEqual([['a', 'b', 'c', 'd'], []]);
    const planned = await hospital.rows(
      `select a.fhir_id as id, a.patient_reference as patient, a.place_reference as place, a.patient_id = r.id as known
         from scheduling.appointment a
         join fhir.resource r on r.connection_id = a.connection_id and r.type = 'Patient' and r.fhir_id = '1'
        order by 1`,
    );
    const of = (id: string, place: string | null) => ({ id, patient: 'Patient/1', place, known: true });
    expect(planned).toEqual([of('a', null), ...['b', 'c', 'd'].map((id) => of(id, 'Location/1'))]);
    expect(
      ehr.requests.every(
        ({ authorization }) => authorization === `Bearer ${TOKEN}` || authorization === undefined,
      ),
    ).toBe(true);
  });

  it('case 10: what is looked at live is told by references of its own, whatever base the EHR writes', async () => {
    const consent: FhirResource = {
      resourceType: 'Consent',
      id: '1',
      status: 'active',
      scope: {},
      category: [],
      patient: { reference: `${INNER}/Patient/1` },
    };
    const rows = [visitAt('b', ehr.baseUrl), visitAt('c', INNER)];
    answering(() => bundle(rows), {
      Consent: bundle([consent]) as FhirResource,
      'Consent/1': consent,
    });
    const { fhir, ctx, connectionId } = hospital;
    const from = new Date(SOON);
    const window = await fhir.window(ctx, connectionId, { from, until: new Date(from.getTime() + 1) });
    const found = await fhir.search(ctx, connectionId, 'Consent', { patient: 'Patient/1' });
    const read = await fhir.read(ctx, connectionId, 'Consent/1');
    expect(window.visits.map(({ resource }) => resource.participant.map(({ actor }) => actor))).toEqual(
      rows.map(() => [{ reference: 'Patient/1' }, { reference: 'Location/1' }]),
    );
    const own = { ...consent, patient: { reference: 'Patient/1' } };
    expect([found, read]).toMatchObject([[own], { row: { resource: own } }]);
    await expect(fhir.ownReference(ctx, connectionId, `${INNER}/Patient/1`)).resolves.toBe('Patient/1');
  });

  it('case 10: a merge and whoever speaks for a patient are known by an alternate base too', async () => {
    const merged = (base: string, birthDate: string): FhirResource => ({
      resourceType: 'Patient',
      id: '2',
      birthDate,
      link: [{ type: 'replaced-by', other: { reference: `${base}/Patient/1` } }],
    });
    const mother: FhirResource = {
      resourceType: 'RelatedPerson',
      id: '3',
      patient: { reference: `${INNER}/Patient/1/_history/1` },
    };
    const { fhir, ctx, connectionId } = hospital;
    const aliases = () =>
      hospital.rows(`select survivor_fhir_id as into, ended_at is not null as ended from patients.alias`);
    for (const [base, birthDate] of [
      [INNER, '1970-01-02'],
      [ehr.baseUrl, '1970-01-03'],
      [INNER, '1970-01-04'],
    ] as const) {
      answering(() => bundle([]), { 'Patient/2': merged(base, birthDate), 'RelatedPerson/3': mother });
      await fhir.read(ctx, connectionId, 'Patient/2');
      expect(await aliases()).toEqual([{ into: '1', ended: false }]);
    }
    await fhir.read(ctx, connectionId, 'RelatedPerson/3');
    expect(await hospital.rows('select patient_fhir_id as ward from patients.proxy')).toEqual([
      { ward: '1' },
    ]);
  });

  it('case 11: pages that lead in a ring end the sync', async () => {
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      return { body: path === 'Patient/1' ? PATIENT : bundle([visit('a', SOON)], 'Appointment?page=2') };
    });
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.page-loop' });
  });

  it('case 13: and drops a filter has its connection flagged, in one work item, until it heeds it again', async () => {
    let drops = true;
    answering(() => {
      const rows = [visit('a', SOON), visit('far', '2030-01-01T09:00:00Z')];
      return drops ? bundle([...rows, outcome('not-supported', 'warning')]) : bundle([]);
    });
    const items = () =>
      hospital.rows(
        `select kind, reason, state from worklist.work_item where reason = 'search-filter-ignored'`,
      );
    const state = async () => (await hospital.fhir.states(hospital.ctx))[0]!.faultCode;
    await hospital.sync();
    await hospital.sync();
    // What lies outside of the days that were asked for is left, whatever the EHR shows.
    expect([await visits(), await state()]).toEqual([['a'], 'fhir.parameter-ignored']);
    expect(await items()).toEqual([
      { kind: 'ehr-connection', reason: 'search-filter-ignored', state: 'open' },
    ]);
    drops = false;
    await hospital.sync();
    expect(await state()).toBeNull();
    expect(await items()).toEqual([expect.objectContaining({ state: 'resolved' })]);
  });

  describe('case 37: and keeps a record behind break-the-glass', () => {
    const behindGlass = (code: string) => ({
      status: 403,
      body: {
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'fatal', code: 'suppressed', details: { coding: [{ code }] } }],
      },
    });
    let shut: string[];
    beforeEach(() => {
      shut = [];
      ehr.answer(({ path }) => {
        if (path === 'metadata') return { body: statement(['date']) };
        if (shut.includes(path)) return behindGlass('4131');
        if (path === 'Patient/1') return { body: PATIENT };
        if (path === 'Appointment/a') return { body: visit('a', SOON) };
        return { body: bundle(shut.includes('Appointment/a') ? [] : [visit('a', SOON)]) };
      });
    });
    const asked = (path: string) => ehr.requests.filter((request) => request.path === path).length;
    const read = (reference: string) => hospital.fhir.read(hospital.ctx, hospital.connectionId, reference);
    const items = () => hospital.rows(`select kind, reason, subject_kind from worklist.work_item`);
    const outcomes = async () =>
      (
        await hospital.rows<{ resolution: string | null }>(
          `select resolution from worklist.work_item where kind = 'ehr-access' order by raised_at, id`,
        )
      ).map(({ resolution }) => resolution);
    const aDayLater = () =>
      hospital.rows(`update fhir.resource set restricted_at = restricted_at - interval '25 hours'`);

    it('is asked for a patient once, and answers for none of its visits: nothing is sent', async () => {
      shut = ['Patient/1'];
      await hospital.sync();
      await hospital.sync();
      expect(asked('Patient/1')).toBe(1);
      await expect(read('Appointment/a')).resolves.toEqual({ state: 'forbidden' });
      await expect(read('Patient/1')).resolves.toEqual({ state: 'forbidden' });
      expect(asked('Patient/1')).toBe(1);
      expect(await items()).toEqual([
        { kind: 'ehr-access', reason: 'record-restricted', subject_kind: 'patient' },
      ]);
    });

    it('is asked for a visit once, which is not given up, and staff are told once', async () => {
      await hospital.sync();
      await expect(read('Appointment/a')).resolves.toMatchObject({ state: 'current' });
      shut = ['Appointment/a'];
      await expect(read('Appointment/a')).resolves.toEqual({ state: 'forbidden' });
      const before = asked('Appointment/a');
      await hospital.sync();
      await expect(read('Appointment/a')).resolves.toEqual({ state: 'forbidden' });
      expect(asked('Appointment/a')).toBe(before);
      expect(await hospital.rows('select from fhir.resource where gone_at is not null')).toEqual([]);
      expect(await items()).toEqual([
        { kind: 'ehr-access', reason: 'record-restricted', subject_kind: 'appointment' },
      ]);
    });

    it('is believed again when it shows the record a day later', async () => {
      await hospital.sync();
      shut = ['Appointment/a'];
      await read('Appointment/a');
      shut = [];
      await hospital.sync();
      await expect(read('Appointment/a')).resolves.toEqual({ state: 'forbidden' });
      expect(await outcomes()).toEqual([null]);
      await aDayLater();
      await hospital.sync();
      await expect(read('Appointment/a')).resolves.toMatchObject({ state: 'current' });
      expect(await outcomes()).toEqual(['readable-again']);
    });

    it('has what a search shows of it left alone for that day: nothing is stored', async () => {
      await hospital.sync();
      shut = ['Patient/1'];
      await read('Patient/1');
      const stored = () =>
        hospital.rows(`select hash, version_id from fhir.resource where type = 'Patient' and fhir_id = '1'`);
      const before = await stored();
      const shown = { ...PATIENT, telecom: [{ system: 'phone' as const, value: '+12125550142' }] };
      ehr.answer(() => ({ body: bundle([shown]) }));
      await hospital.fhir.bring(hospital.ctx, hospital.connectionId, 'Patient', { birthdate: '1970-01-01' });
      expect(await stored()).toEqual(before);
      expect(await hospital.rows('select from patients.link')).toEqual([]);
      await expect(
        hospital.fhir.search(hospital.ctx, hospital.connectionId, 'Patient', { birthdate: '1970-01-01' }),
      ).resolves.toEqual([]);
    });

    it('is not searched about either', async () => {
      shut = ['Patient/1'];
      await hospital.sync();
      const before = ehr.requests.length;
      for (const [name, value] of [
        ['patient', 'Patient/1'],
        ['actor', 'Patient/2,Patient/1'],
      ] as const)
        await expect(
          hospital.fhir.search(hospital.ctx, hospital.connectionId, 'Consent', { [name]: value }),
        ).rejects.toMatchObject({ code: 'fhir.restricted', retryable: false });
      await expect(
        hospital.fhir.bring(hospital.ctx, hospital.connectionId, 'Patient', { _id: '1' }),
      ).rejects.toMatchObject({ code: 'fhir.restricted' });
      expect(ehr.requests).toHaveLength(before);
    });

    it('is asked once a day whether it is open again, where no search shows it', async () => {
      shut = ['Patient/1'];
      await hospital.sync();
      expect([asked('Patient/1'), await outcomes()]).toEqual([1, [null]]);
      await aDayLater();
      await hospital.sync();
      await hospital.sync();
      expect([asked('Patient/1'), await outcomes()]).toEqual([2, [null]]);
      shut = [];
      await hospital.sync();
      expect(asked('Patient/1')).toBe(2);
      await aDayLater();
      await hospital.sync();
      expect([asked('Patient/1'), await outcomes()]).toEqual([3, ['readable-again']]);
      await expect(read('Appointment/a')).resolves.toMatchObject({ state: 'current' });
      const patients = hospital.platform.app.get(PatientsFacade, { strict: false });
      expect(await patients.known(hospital.ctx, hospital.connectionId, 'Patient/1')).not.toBeNull();
    });

    it('is seen to be open again also after months in which no visit needed it', async () => {
      const patients = hospital.platform.app.get(PatientsFacade, { strict: false });
      const known = () => patients.known(hospital.ctx, hospital.connectionId, 'Patient/1');
      const unneeded = () =>
        hospital.rows(
          `update fhir.resource set needed_until = now() - interval '1 year' where type = 'Patient'`,
        );
      let rows = [visit('a', SOON)];
      ehr.answer(({ path }) => {
        if (path === 'metadata') return { body: statement(['date']) };
        if (shut.includes(path)) return behindGlass('4131');
        return { body: path === 'Patient/1' ? PATIENT : bundle(rows) };
      });
      await hospital.sync();
      await unneeded();
      await hospital.sync();
      expect(await hospital.rows('select from fhir.resource where let_go_at is not null')).toHaveLength(1);

      // What was let go of before it was refused, and what was refused before.
      shut = ['Patient/1'];
      rows = [visit('a', SOON), visit('b', SOON)];
      await hospital.sync();
      const before = asked('Patient/1');
      for (const id of ['c', 'd']) {
        await unneeded();
        await hospital.sync();
        rows = [...rows, visit(id, SOON)];
        await hospital.sync();
      }
      expect([asked('Patient/1'), await outcomes()]).toEqual([before, [null]]);
      shut = [];
      await aDayLater();
      await hospital.sync();
      expect([asked('Patient/1'), await outcomes()]).toEqual([before + 1, ['readable-again']]);
      expect(await hospital.rows('select from fhir.resource where restricted_at is not null')).toEqual([]);
      expect(await known()).not.toBeNull();
      await hospital.sync();
      expect(asked('Patient/1')).toBe(before + 1);
    });

    it('is no person’s work once the EHR has it no more, or is switched off', async () => {
      await hospital.sync();
      shut = ['Patient/1', 'Appointment/a'];
      await read('Patient/1');
      await read('Appointment/a');
      await aDayLater();
      shut = ['Patient/1'];
      ehr.answer(({ path }) =>
        path === 'metadata'
          ? { body: statement(['date']) }
          : path === 'Patient/1'
            ? behindGlass('4131')
            : path === 'Appointment'
              ? { body: bundle([]) }
              : { status: 410, body: outcome('deleted', 'error') },
      );
      await hospital.sync();
      expect((await outcomes()).sort()).toEqual(['gone', null]);
      const organizations = hospital.platform.app.get(OrganizationsFacade, { strict: false });
      const off = { baseUrl: ehr.baseUrl, disabled: true };
      await organizations.applySetup({ organizations: [organizationOf('st-marys', ehr.baseUrl, off)] });
      expect((await outcomes()).sort()).toEqual(['connection-disabled', 'gone']);
    });

    it('holds for every record of the person, also for one that stands for it and was never shown', async () => {
      const joined = { ...PATIENT, link: [{ type: 'replaced-by', other: { reference: 'Patient/2' } }] };
      ehr.answer(({ path }) => {
        if (path === 'metadata') return { body: statement(['date']) };
        if (path === 'Patient/1') return { body: joined };
        if (path === 'Patient/2') return behindGlass('4131');
        return { body: bundle([visit('a', SOON)]) };
      });
      await hospital.sync();
      const patients = hospital.platform.app.get(PatientsFacade, { strict: false });
      const ids = await patients.knownIds(hospital.ctx, hospital.connectionId, ['Patient/1']);
      const [id] = ids.values();
      expect(await patients.isRestricted(hospital.ctx, id!)).toBe(false);
      await expect(read('Patient/2')).resolves.toEqual({ state: 'forbidden' });
      expect(await patients.isRestricted(hospital.ctx, id!)).toBe(true);
    });
  });
});

describe('an EHR connection that is switched off', () => {
  let ehr: OddEhr;
  let hospital: Hospital;

  beforeAll(async () => {
    ehr = await startOddEhr(BEGIN);
    const body = statement(['date']);
    body.rest![0]!.resource![0]!.interaction!.push({ code: 'update' });
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body };
      return { body: path === 'Patient/1' ? PATIENT : bundle([visit('a', SOON)]) };
    });
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl });
    await hospital.sync();
    const { fhir, ctx, connectionId } = hospital;
    await expect(fhir.capabilities(ctx, connectionId)).resolves.toMatchObject({ appointmentWrite: 'L2' });
    await says({ disabled: true });
  });
  afterAll(async () => {
    await hospital.close();
    await ehr.close();
  });

  /** The setup file, applied once more. */
  const says = (more: object) =>
    hospital.platform.app
      .get(OrganizationsFacade, { strict: false })
      .applySetup({ organizations: [organizationOf('st-marys', '', { baseUrl: ehr.baseUrl, ...more })] });

  it('is asked nothing: no sync, no read, no write, whoever wants it', async () => {
    const before = ehr.requests.length;
    const { fhir, ctx, connectionId } = hospital;
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.paused', retryable: true });
    await expect(fhir.read(ctx, connectionId, 'Appointment/a')).rejects.toMatchObject({
      code: 'fhir.paused',
    });
    await expect(fhir.search(ctx, connectionId, 'Appointment', {})).rejects.toMatchObject({
      code: 'fhir.paused',
    });
    const write = { connectionId, fhirId: 'a', change: { status: 'cancelled', reason: 'pat' } } as const;
    await expect(fhir.writeAppointment(ctx, write)).resolves.toEqual({ outcome: 'unsupported' });
    expect(ehr.requests).toHaveLength(before);
  });

  it('is nothing that a loop takes up, however long its time has come', async () => {
    const before = ehr.requests.length;
    await hospital.rows(
      `update fhir.sync set due_at = now() - interval '1 year', probe_due_at = now() - interval '1 year'`,
    );
    const { app } = hospital.platform;
    expect(await app.get(Sync, { strict: false }).claim(hospital.ctx)).toBe(0);
    expect(await app.get(Probe, { strict: false }).claim(hospital.ctx)).toBe(0);
    expect(ehr.requests).toHaveLength(before);
  });

  it('tells what it could do, and promises the patient nothing', async () => {
    const { fhir, ctx, connectionId } = hospital;
    await expect(fhir.capabilities(ctx, connectionId)).resolves.toMatchObject({
      appointmentWrite: 'L0',
      booking: 'none',
    });
    await expect(fhir.describe(ctx, connectionId)).resolves.toMatchObject({
      capabilities: { syncStrategy: 'window-scan' },
    });
  });

  it('is not asked what it can do, also when nobody ever has', async () => {
    const { fhir, ctx, connectionId } = hospital;
    const [before] = await hospital.rows<{ capabilities: object }>(
      'select capabilities from fhir.connection',
    );
    const said = `'${JSON.stringify(before!.capabilities).replaceAll("'", "''")}'::jsonb`;
    const keep = (found: string, at: string) =>
      hospital.rows(
        `update fhir.connection set capabilities = ${found}, probed_at = ${at}, version = version + 1`,
      );
    const asked = ehr.requests.length;
    await keep('null', 'null');
    await expect(fhir.capabilities(ctx, connectionId)).rejects.toMatchObject({ code: 'fhir.paused' });
    await expect(fhir.describe(ctx, connectionId)).rejects.toMatchObject({ code: 'fhir.paused' });
    expect(ehr.requests).toHaveLength(asked);
    await keep(said, 'platform.now()');
  });

  it('stays off until the file says otherwise', async () => {
    const state = async () => (await hospital.fhir.states(hospital.ctx))[0]!.state;
    await says({});
    expect(await state()).toBe('paused');
    await says({ disabled: false });
    expect(await state()).toBe('active');
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true });
  });
});

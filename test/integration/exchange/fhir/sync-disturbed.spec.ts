import { setTimeout as sleep } from 'node:timers/promises';
import type { Appointment } from 'fhir/r4.js';
import { Duration } from 'luxon';
import { DEFAULTS } from '../../../../src/exchange/fhir/domain/settings.policy.js';
import { Connections } from '../../../../src/exchange/fhir/application/connections.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { Metrics } from '../../../../src/platform/health/metrics.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { aVisit, DAY_MS, NOTHING, type Seen, watch } from './watched.js';

describe('a sync that the EHR disturbs', () => {
  let hospital: Hospital;
  let seen: Seen[];

  beforeAll(async () => {
    hospital = await openHospital('st-marys', {
      auth: { type: 'bearer', token: { value: 'secret-of-the-hospital' } },
    });
    seen = watch(hospital);
    await hospital.sync();
  });
  beforeEach(() => void seen.splice(0));
  afterEach(() => hospital.ehr.clearFaults());
  afterAll(() => hospital.close());

  const state = async () =>
    (
      await hospital.rows<{ mark: Date; fault_code: string; failures: number; lease: string | null }>(
        'select mark, fault_code, failures, lease from fhir.sync',
      )
    )[0]!;

  /** Something that this sync should bring. */
  async function change(): Promise<string> {
    const visit = await aVisit(hospital);
    const minutes = Math.round(Math.random() * 1e6);
    await hospital.ehr.merge('st-marys', 'Appointment', visit.id!, { minutesDuration: minutes });
    return visit.id!;
  }

  it.each([
    ['html', 'fhir.not-fhir'],
    ['malformed-json', 'fhir.not-fhir'],
    ['error-500', 'fhir.unavailable'],
    ['error-503', 'fhir.unavailable'],
    ['truncate', 'fhir.unavailable'],
    ['drop-request', 'fhir.unavailable'],
    ['loop-next', 'fhir.page-loop'],
  ])('by %s fails, keeps its mark and begins there again', async (name, code) => {
    const before = await state();
    const id = await change();
    await hospital.ehr.fault({ name, match: { interaction: 'search-type' } });
    await expect(hospital.sync()).rejects.toMatchObject({ code });
    expect(await state()).toMatchObject({ mark: before.mark, fault_code: code, lease: null });
    await hospital.ehr.clearFaults();
    await hospital.sync();
    expect(seen.filter(({ type }) => type === 'Appointment')).toEqual([
      { type: 'Appointment', changed: [id], gone: [] },
    ]);
    expect(await state()).toMatchObject({ fault_code: null, failures: 0 });
  });

  it('by being away for long is tried later and later, at most five minutes beyond the rhythm', async () => {
    await hospital.rows('update fhir.sync set failures = 30');
    await hospital.ehr.fault({ name: 'error-503', match: { interaction: 'search-type' } });
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.unavailable' });
    const [row] = await hospital.rows<{ wait: number }>(
      `select extract(epoch from due_at - platform.now())::int as wait from fhir.sync`,
    );
    // The interval, and 300 s of which up to half are left to chance.
    expect(row!.wait).toBeGreaterThanOrEqual(600 + 145);
    expect(row!.wait).toBeLessThanOrEqual(600 + 300);
  });

  it('by nonsense never believes that there are no visits', async () => {
    await hospital.rows(`update fhir.sync set full_due_at = now() - interval '1 year'`);
    await hospital.ehr.fault({ name: 'html' });
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.not-fhir' });
    expect(seen).toEqual([]);
    const [row] = await hospital.rows<{ n: number }>(
      `select count(*)::int as n from fhir.resource where gone_at is not null`,
    );
    expect(row!.n).toBe(0);
  });

  it('by a link to another place sends nothing there, and leaves an audit event', async () => {
    const { createServer } = await import('node:http');
    const thefts: unknown[] = [];
    const thief = createServer((req, res) => {
      thefts.push(req.headers.authorization);
      res.end('{}');
    });
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
    const { port } = thief.address() as { port: number };
    await hospital.ehr.fault({ name: 'foreign-next', origin: `http://127.0.0.1:${port}` });
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.foreign-address', retryable: false });
    await new Promise((resolve) => thief.close(resolve));
    expect(thefts).toEqual([]);
    const body = `convert_from(body, 'utf8')`;
    const events = await hospital.rows(
      `select from audit.event where ${body} like '%ehr.foreign-address-refused%'`,
    );
    expect(events).toHaveLength(1);
  });

  it('by a plea for patience waits and goes on', async () => {
    const id = await change();
    await hospital.ehr.fault({ name: 'throttle', count: 1, seconds: 1 });
    const began = performance.now();
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true });
    expect(performance.now() - began).toBeGreaterThan(990);
    expect(seen).toEqual([{ type: 'Appointment', changed: [id], gone: [] }]);
  });

  /** The first sync has a search of more than one page. */
  const asAtFirst = () => hospital.rows('update fhir.sync set mark = null');

  it('case 8: by a forgotten search begins it once more', async () => {
    await asAtFirst();
    await hospital.ehr.fault({ name: 'expired-page', count: 1 });
    const since = (await hospital.ehr.history()).length;
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true, changed: NOTHING });
    const forgotten = (await hospital.ehr.history(since)).filter(({ status }) => status >= 400);
    expect(forgotten).toHaveLength(1);
  });

  it('case 8: by a search forgotten again and again reports it', async () => {
    await asAtFirst();
    await hospital.ehr.fault({ name: 'expired-page' });
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.page-expired' });
  });

  it.each([
    ['rows of the page before that come again', { name: 'repeated-rows' }],
    ['rows that come again in a newer version', { name: 'changed-rows', versions: 'newer' }],
    ['rows that come again in an older version', { name: 'changed-rows', versions: 'older' }],
    ['a row that is deleted before its page is read', { name: 'delete-mid-crawl' }],
  ] as const)('by %s ends with what the EHR has', async (_what, fault) => {
    await asAtFirst();
    await hospital.ehr.fault({ ...fault, match: { resourceType: 'Appointment' } });
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true });
    expect(
      (await hospital.ehr.control<{ data: { used: number }[] }>('GET', 'faults')).data[0]!.used,
    ).toBeGreaterThan(0);
    await hospital.ehr.clearFaults();
    // What was deleted is found to be missing at night.
    await hospital.rows(`update fhir.sync set full_due_at = now() - interval '1 year'`);
    await hospital.sync();

    const visits = await hospital.ehr.all<Appointment>('st-marys', 'Appointment');
    const there = new Map(visits.map(({ id, meta }) => [id, meta!.versionId]));
    const here = await hospital.rows<{ id: string; version: string }>(
      `select fhir_id as id, version_id as version from fhir.resource
        where type = 'Appointment' and gone_at is null`,
    );
    expect(here.length).toBeGreaterThan(100);
    expect(here.filter(({ id, version }) => there.get(id) !== version)).toEqual([]);
  });

  it('by an old version does not go back', async () => {
    const visit = await aVisit(hospital);
    const versions = `select version_id from fhir.resource where fhir_id = '${visit.id}'`;
    await hospital.rows(`update fhir.resource set last_updated = last_updated + interval '1 day', version_id = '99', hash = '\\x00'
      where fhir_id = '${visit.id}' and type = 'Appointment'`);
    await change();
    expect(await hospital.sync()).toMatchObject({ older: 1, changed: NOTHING });
    expect(await hospital.rows(versions)).toEqual([{ version_id: '99' }]);
    await expect(
      hospital.fhir.read(hospital.ctx, hospital.connectionId, `Appointment/${visit.id}`),
    ).rejects.toMatchObject({
      code: 'fhir.unavailable',
    });
  });
});

describe('a sync that is asked to be patient', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('st-marys');
    await hospital.sync();
  });
  afterAll(() => hospital.close());

  const another = async (name: string): Promise<Uuid> => {
    const { connection } = await hospital.platform.app
      .get(Connections, { strict: false })
      .create(hospital.ctx, {
        ...DEFAULTS,
        name,
        baseUrl: `${hospital.ehr.url}/harbour/fhir`,
        allowPrivateNetwork: true,
      });
    return connection.id;
  };
  const used = async () =>
    (await hospital.ehr.control<{ data: { used: number }[] }>('GET', 'faults')).data.map((one) => one.used);

  it('case 7: for seven seconds or until a date waits that long, and other EHRs are asked meanwhile', async () => {
    const [patient, other] = [await another('patient'), await another('other')];
    const nobody = (id: Uuid) => hospital.fhir.read(hospital.ctx, id, 'Patient/nobody');
    const plea = { name: 'throttle', count: 1, seconds: 7 } as const;
    await hospital.ehr.fault({ ...plea, hospital: 'st-marys', form: 'seconds' });
    // The stand-in's clock is days away from this machine's: a date is one of its own.
    await hospital.ehr.fault({ ...plea, hospital: 'harbour', form: 'date' });
    const began = performance.now();
    const since = () => performance.now() - began;
    const both = Promise.all([hospital.sync().then(since), nobody(patient).then(since)]);
    while ((await used()).some((times) => times === 0)) await sleep(10);
    await nobody(other);
    expect(since()).toBeLessThan(3_000);
    const [seconds, date] = await both;
    expect(seconds).toBeGreaterThan(6_900);
    // A date has no fractions of a second.
    expect(date).toBeGreaterThan(5_900);
  });
});

describe('a sync of changes', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('st-marys');
    await hospital.sync();
  });
  afterAll(() => hospital.close());

  const mark = async () => (await hospital.rows<{ mark: Date }>('select mark from fhir.sync'))[0]!.mark;

  it.each([
    ['ahead', '-PT10M'],
    ['behind', 'PT10M'],
  ])('case 5: loses nothing while our clock is ten minutes %s of the EHR’s', async (_, skew) => {
    await hospital.ehr.skew('st-marys', skew);
    await hospital.rows('update fhir.sync set mark = null');
    await hospital.sync();
    const offset = (await mark()).getTime() - BEGIN.getTime();
    expect(Math.abs(offset - Duration.fromISO(skew).toMillis())).toBeLessThan(60_000);

    const visit = await aVisit(hospital, 5);
    await hospital.ehr.merge('st-marys', 'Appointment', visit.id!, {
      comment: `seen by a clock ${skew} off`,
    });
    expect(await hospital.sync()).toMatchObject({ full: false, changed: { Appointment: 1 } });
    await hospital.ehr.skew('st-marys', 'PT0S');
    await hospital.rows('update fhir.sync set mark = null');
    await hospital.sync();
  });

  /** Rows that an earlier look for changes should have brought. */
  const driftOf = async (): Promise<string> => {
    const { registry } = hospital.platform.app.get(Metrics, { strict: false });
    return registry.getSingleMetricAsString('carethread_ehr_drift_rows_total');
  };

  it('case 4: finds what is stamped 60 s before the mark through the overlap, and else at night', async () => {
    const overlap = (seconds: number) =>
      hospital.rows(`update fhir.connection set overlap_seconds = ${seconds}, version = version + 1`);
    await overlap(59);
    await hospital.sync();
    const { at } = await hospital.ehr.play('st-marys', 'late-commit');
    const passed = () => hospital.rows(`update fhir.sync set mark = '${at}'::timestamptz + interval '60 s'`);
    await passed();
    expect(await hospital.sync()).toMatchObject({ band: 'changes', changed: { Appointment: 0 } });

    await overlap(300);
    await passed();
    expect(await hospital.sync()).toMatchObject({ band: 'changes', changed: { Appointment: 1 }, drift: 0 });
  });

  it('counts what only the full sync of a night found', async () => {
    expect(await driftOf()).not.toContain('connection="main"');
    const visit = await aVisit(hospital);
    await hospital.ehr.merge('st-marys', 'Appointment', visit.id!, { minutesDuration: 17 });
    await hospital.ehr.advance('PT1H');
    const { meta } = await hospital.ehr.visit('st-marys', visit.id!);
    const late = new Date(Date.parse(meta!.lastUpdated!) + 30 * 60_000).toISOString();
    await hospital.rows(`update fhir.sync set mark = '${late}', full_due_at = now() - interval '1 year'`);
    expect(await hospital.sync()).toMatchObject({ full: true, changed: { Appointment: 1 }, drift: 1 });
    expect(await driftOf()).toContain('carethread_ehr_drift_rows_total{connection="main"} 1');
  });

  it('does not count a day that came into the horizon as drift', async () => {
    const day = new Date(BEGIN.getTime() + DAY_MS);
    await setClock(hospital.platform.database, day);
    const visits = await hospital.ehr.all<Appointment>('st-marys', 'Appointment');
    const far = visits.filter(({ id }) => id === visits[0]!.id)[0]!;
    const start = new Date(BEGIN.getTime() + 46 * DAY_MS).toISOString();
    const id = 'far-ahead';
    await hospital.ehr.put('st-marys', { ...far, id, status: 'booked', start, end: start });
    await hospital.rows(
      `update fhir.sync set mark = mark + interval '2 hours', full_due_at = now() - interval '1 year'`,
    );
    expect(await hospital.sync()).toMatchObject({ full: true, changed: { Appointment: 1 }, drift: 0 });
    await setClock(hospital.platform.database, BEGIN);
  });

  it('asks only for the patients whom a visit needs', async () => {
    const since = (await hospital.ehr.history()).length;
    await hospital.sync();
    const requests = (await hospital.ehr.history(since)).filter(
      ({ resourceType }) => resourceType === 'Patient',
    );
    expect(requests.length).toBeGreaterThan(0);
    const [row] = await hospital.rows<{ n: number }>(
      `select count(*)::int as n from fhir.resource where type = 'Patient' and needed_until is null`,
    );
    expect(row!.n).toBe(0);
  });

  it('happens one at a time: who asks meanwhile comes after', async () => {
    await hospital.ehr.fault({ name: 'delay', ms: 100 });
    const since = (await hospital.ehr.history()).length;
    const began = performance.now();
    const [a, b] = await Promise.all([hospital.sync(), hospital.sync()]);
    const requests = (await hospital.ehr.history(since)).length;
    await hospital.ehr.clearFaults();
    expect([a.complete, b.complete]).toEqual([true, true]);
    expect(performance.now() - began).toBeGreaterThan(requests * 100);
    const [row] = await hospital.rows<{ lease: null }>('select lease from fhir.sync');
    expect(row!.lease).toBeNull();
  });

  it('is due again after the interval, by the product’s clock', async () => {
    const [row] = await hospital.rows<{ wait: number }>(
      `select extract(epoch from due_at - platform.now())::int as wait from fhir.sync`,
    );
    expect(row!.wait).toBeGreaterThan(500);
    expect(row!.wait).toBeLessThanOrEqual(600);
  });
});

import type { Appointment, FhirResource, Patient } from 'fhir/r4.js';
import type { FhirPage } from '../../../../src/exchange/fhir/index.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { Duration } from 'luxon';
import { DEFAULTS } from '../../../../src/exchange/fhir/api/connection-input.js';
import { Connections } from '../../../../src/exchange/fhir/application/connections.js';
import { Metrics } from '../../../../src/platform/health/metrics.js';
import { AppointmentsChanged, PatientsChanged } from '../../../../src/exchange/fhir/events.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';

const NOTHING = { Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 };
const DAY_MS = 86_400_000;

type Seen = { type: string; changed: string[]; gone: string[] };

/** Remembers what the sinks were given, and lets events become jobs that nobody runs. */
function watch({ platform, fhir }: Hospital): Seen[] {
  const seen: Seen[] = [];
  const fhirIds = (rows: { fhirId: string }[]): string[] => rows.map(({ fhirId }) => fhirId);
  const note =
    (type: string) =>
    async (_: unknown, page: FhirPage<FhirResource>): Promise<void> => {
      seen.push({ type, changed: fhirIds(page.changed), gone: fhirIds(page.gone) });
    };
  for (const type of ['Appointment', 'Location', 'Patient', 'Practitioner'] as const)
    fhir.onPage(type, note(type));
  const listeners = platform.app.get(Listeners, { strict: false });
  listeners.on(AppointmentsChanged, 'test.appointments@1', async () => undefined);
  listeners.on(PatientsChanged, 'test.patients@1', async () => undefined);
  return seen;
}

const jobsOf = async (hospital: Hospital): Promise<number> =>
  (await hospital.rows<{ n: number }>(`select count(*)::int as n from graphile_worker.jobs`))[0]!.n;

/** A booked visit a few days ahead, the same for every run. */
async function aVisit({ ehr, slug }: Hospital, skip = 0): Promise<Appointment> {
  const visits = await ehr.all<Appointment>(slug, 'Appointment');
  const sound = visits.filter(
    ({ status, start, end, participant }) =>
      status === 'booked' &&
      /Z$|[+-]\d\d:\d\d$/.test(start ?? '') &&
      Date.parse(start!) > BEGIN.getTime() + 3 * DAY_MS &&
      Date.parse(start!) < BEGIN.getTime() + 20 * DAY_MS &&
      Date.parse(end!) > Date.parse(start!) &&
      participant.some(({ actor }) => actor?.reference?.startsWith('Patient/')),
  );
  return sound[skip]!;
}

describe.each(['st-marys', 'harbour'] as const)('a sync of %s', (slug) => {
  let hospital: Hospital;
  let seen: Seen[];
  const dirty = { 'start-without-offset': 1, 'end-before-start': 1, 'no-patient': 1, 'unknown-status': 1 };

  beforeAll(async () => {
    hospital = await openHospital(slug);
    seen = watch(hospital);
  });
  afterAll(() => hospital.close());
  beforeEach(() => void seen.splice(0));

  it('case 1: brings the sound visits of the horizon, and before them those who take part', async () => {
    const figures = await hospital.sync();
    const horizon = { from: BEGIN.getTime() - 3 * DAY_MS, to: BEGIN.getTime() + 46 * DAY_MS };
    const visits = (await hospital.ehr.all<Appointment>(slug, 'Appointment')).filter(({ start }) => {
      const at = Date.parse(start ?? '');
      return at >= horizon.from + DAY_MS && at < horizon.to - DAY_MS;
    });
    const brought = new Set(
      seen.filter(({ type }) => type === 'Appointment').flatMap(({ changed }) => changed),
    );
    expect(figures).toMatchObject({ complete: true, full: true, older: 0, warnings: [] });
    expect(visits.filter(({ id }) => !brought.has(id!))).toHaveLength(4);
    expect(brought.size).toBe(figures.changed.Appointment);
    const types = seen.map(({ type }) => type);
    expect(types.slice(0, types.indexOf('Appointment'))).toEqual(['Patient', 'Practitioner', 'Location']);
    expect(await jobsOf(hospital)).toBeGreaterThan(0);
  });

  it('case 36: puts the dirty rows aside with a reason each, and goes on', async () => {
    const held = await hospital.rows<{ reason: string; n: number }>(
      `select reason, count(*)::int as n from fhir.quarantine group by reason`,
    );
    // A row without a start is in no window: only an EHR that tells its changes shows it.
    const undated = slug === 'st-marys' ? { 'no-start': 1 } : {};
    expect(Object.fromEntries(held.map(({ reason, n }) => [reason, n]))).toEqual({ ...dirty, ...undated });

    // Staff are told, but not of what is in the calendar without a patient.
    const { 'no-patient': _nobody, ...unusable } = { ...dirty, ...undated };
    const told = `select detail from worklist.work_item where kind = 'ehr-data-quality' and state = 'open'`;
    expect(await hospital.rows(told)).toEqual([{ detail: unusable }]);
  });

  it('case 1: a second time changes nothing and tells nobody', async () => {
    const jobs = await jobsOf(hospital);
    const figures = await hospital.sync();
    expect(figures).toMatchObject({ complete: true, changed: NOTHING, gone: 0 });
    expect(seen).toEqual([]);
    expect(await jobsOf(hospital)).toBe(jobs);
  });

  it('a new version without new content changes nothing either', async () => {
    const visit = await aVisit(hospital);
    await hospital.ehr.put(slug, visit);
    expect((await hospital.sync()).changed).toEqual(NOTHING);
    expect(seen).toEqual([]);
  });

  it('brings a moved visit once', async () => {
    const visit = await aVisit(hospital);
    const later = (text: string) => new Date(Date.parse(text) + 15 * 60_000).toISOString();
    await hospital.ehr.merge(slug, 'Appointment', visit.id!, {
      start: later(visit.start!),
      end: later(visit.end!),
    });
    expect((await hospital.sync()).changed).toEqual({ ...NOTHING, Appointment: 1 });
    expect(seen).toEqual([{ type: 'Appointment', changed: [visit.id], gone: [] }]);
    expect((await hospital.sync()).changed).toEqual(NOTHING);
  });

  it('brings a cancelled visit that has lost its times, because it was known', async () => {
    const visit = await aVisit(hospital, 1);
    await hospital.ehr.merge(slug, 'Appointment', visit.id!, { status: 'cancelled', start: null, end: null });
    await setClock(hospital.platform.database, new Date(BEGIN.getTime() + 60_000));
    await hospital.sync();
    expect(seen).toEqual([{ type: 'Appointment', changed: [visit.id], gone: [] }]);
  });

  it('brings a patient who changed', async () => {
    const visit = await aVisit(hospital, 2);
    const [, id] = visit.participant.flatMap(
      ({ actor }) => /^Patient\/(.+)$/.exec(actor?.reference ?? '') ?? [],
    );
    await hospital.ehr.merge(slug, 'Patient', id!, { gender: 'unknown' });
    expect((await hospital.sync()).changed).toEqual({ ...NOTHING, Patient: 1 });
    expect(seen).toEqual([{ type: 'Patient', changed: [id], gone: [] }]);
  });

  it('releases a row from quarantine when it is mended', async () => {
    const [row] = await hospital.rows<{ id: string }>(
      `select fhir_id as id from fhir.quarantine where reason = 'end-before-start'`,
    );
    const { start } = await hospital.ehr.visit(slug, row!.id);
    const end = new Date(Date.parse(start!) + 60_000).toISOString();
    await hospital.ehr.merge(slug, 'Appointment', row!.id, { end });
    await hospital.sync();
    expect(seen).toEqual([{ type: 'Appointment', changed: [row!.id], gone: [] }]);
    expect(await hospital.rows(`select from fhir.quarantine where reason = 'end-before-start'`)).toEqual([]);
  });

  it('case 16: does not take the absence of a visit for a cancellation: it looks, and then it is gone', async () => {
    const visit = await aVisit(hospital, 3);
    await hospital.ehr.remove(slug, 'Appointment', visit.id!);
    await hospital.rows(`update fhir.sync set full_due_at = now() - interval '1 year'`);
    const figures = await hospital.sync();
    expect(figures).toMatchObject({ full: true, complete: true, gone: 1, changed: NOTHING });
    expect(seen).toEqual([{ type: 'Appointment', changed: [], gone: [visit.id] }]);
    expect(await hospital.sync()).toMatchObject({ gone: 0 });
  });

  it('case 16: follows a visit that moved out of the horizon', async () => {
    const visit = await aVisit(hospital, 4);
    const far = (text: string) => new Date(Date.parse(text) + 300 * DAY_MS).toISOString();
    await hospital.ehr.merge(slug, 'Appointment', visit.id!, {
      start: far(visit.start!),
      end: far(visit.end!),
    });
    await hospital.rows(`update fhir.sync set full_due_at = now() - interval '1 year'`);
    await hospital.sync();
    expect(seen).toEqual([{ type: 'Appointment', changed: [visit.id], gone: [] }]);
  });

  it('keeps no content: ids, versions, hashes and times only', async () => {
    const text = JSON.stringify([
      await hospital.rows('select * from fhir.resource'),
      await hospital.rows('select * from fhir.quarantine'),
      await hospital.rows('select * from fhir.sync'),
    ]);
    for (const { name, telecom } of await hospital.ehr.all<Patient>(slug, 'Patient')) {
      const family = name?.[0]?.family;
      if (family && family.length > 3) expect(text).not.toContain(family);
      if (telecom?.[0]?.value) expect(text).not.toContain(telecom[0].value);
    }
  });
});

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

  /** The stand-in's clock is days away from this machine's: a date is one of its own. */
  it.each(['seconds', 'date'] as const)(
    'case 7: in %s waits that long, and other EHRs are asked meanwhile',
    async (form) => {
      const { connection: other } = await hospital.platform.app
        .get(Connections, { strict: false })
        .create(hospital.ctx, {
          ...DEFAULTS,
          name: `other-${form}`,
          baseUrl: `${hospital.ehr.url}/harbour/fhir`,
          allowPrivateNetwork: true,
        });
      await hospital.ehr.fault({ name: 'throttle', hospital: 'st-marys', count: 1, seconds: 3, form });
      const began = performance.now();
      const patient = hospital.sync().then(() => performance.now() - began);
      await sleep(300);
      await hospital.fhir.read(hospital.ctx, other.id, 'Patient/nobody');
      expect(performance.now() - began).toBeLessThan(1_500);
      // A date has no fractions of a second.
      expect(await patient).toBeGreaterThan(form === 'seconds' ? 2_900 : 1_900);
    },
  );
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

  it('case 4: finds what became visible 90 s after its stamp through the overlap, and else at night', async () => {
    const overlap = (seconds: number) =>
      hospital.rows(`update fhir.connection set overlap_seconds = ${seconds}, version = version + 1`);
    await overlap(60);
    await hospital.sync();
    await hospital.ehr.play('st-marys', 'late-commit');
    expect(await hospital.sync()).toMatchObject({ band: 'changes', changed: { Appointment: 0 } });

    await overlap(300);
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

describe('a sync whose visits cannot be stored', () => {
  let hospital: Hospital;

  beforeAll(async () => void (hospital = await openHospital('st-marys')));
  afterAll(() => hospital.close());

  it('leaves no visit and no mark, and the next one brings all of them', async () => {
    const seen = watch(hospital);
    let broken = true;
    hospital.fhir.onPage('Appointment', async () => {
      if (broken) throw new Error('this sink is broken');
    });
    const state = async (): Promise<object | undefined> =>
      (
        await hospital.rows<object>(
          `select mark is null as unmarked, (select count(*)::int from fhir.resource where type = 'Appointment') as visits
             from fhir.sync`,
        )
      )[0];
    await expect(hospital.sync()).rejects.toThrow();
    expect(await state()).toEqual({ unmarked: true, visits: 0 });
    broken = false;
    const people = (): string[] =>
      seen.splice(0).flatMap((one) => (one.type === 'Patient' ? one.changed : []));
    const before = people();
    const { changed } = await hospital.sync();
    expect(changed.Appointment).toBeGreaterThan(0);
    expect(await state()).toEqual({ unmarked: false, visits: changed.Appointment });
    // Who takes part was stored before, and is not brought twice.
    expect(before.length).toBeGreaterThan(0);
    expect(people().filter((id) => before.includes(id))).toEqual([]);
  });
});

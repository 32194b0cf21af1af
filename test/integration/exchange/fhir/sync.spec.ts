import type { Appointment, Patient } from 'fhir/r4.js';
import { sortRows } from '../../../../src/exchange/fhir/domain/incoming.js';
import { ResourcesRepository } from '../../../../src/exchange/fhir/infrastructure/resources.repository.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { aVisit, DAY_MS, NOTHING, type Seen, watch } from './watched.js';

const jobsOf = async (hospital: Hospital): Promise<number> =>
  (await hospital.rows<{ n: number }>(`select count(*)::int as n from graphile_worker.jobs`))[0]!.n;

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

  it('stores what two readers bring at once as one of them has it, and never the older', async () => {
    const resources = hospital.platform.app.get(ResourcesRepository, { strict: false });
    const visit = await aVisit(hospital, 5);
    const { rows } = sortRows([visit], `${hospital.ehr.url}/${slug}/fhir`);
    const lastUpdated = rows[0]!.lastUpdated!;
    /** As if it had been compared before the other reader stored it. */
    const store = async (more: object): Promise<number> =>
      (
        await hospital.transactions.run(hospital.ctx, (tx) =>
          resources.store(tx, hospital.connectionId, [{ ...rows[0]!, ...more }], new Map()),
        )
      ).size;
    const hash = 'ab'.repeat(32);
    expect(await store({})).toBe(0);
    expect(await store({ hash, lastUpdated: new Date(lastUpdated.getTime() - 1_000) })).toBe(0);
    expect(await store({ hash, lastUpdated: new Date(lastUpdated.getTime() + 1_000) })).toBe(1);
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

import { randomUUID } from 'node:crypto';
import type { Appointment } from 'fhir/r4.js';
import { DriftLoop } from '../../../../src/care/scheduling/application/drift/drift-loop.js';
import { PlanLoop } from '../../../../src/care/scheduling/application/plan-loop.js';
import { FhirFacade } from '../../../../src/exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { type Context, systemContext } from '../../../../src/platform/context/context.js';
import { publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { rowsOf, setClock } from '../../exchange/fhir/database.js';
import { BEGIN, organizationOf } from '../../exchange/fhir/hospital.js';
import { startStandIn, type StandIn } from '../../exchange/fhir/stand-in.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SLUG = 'st-marys';

interface Report {
  id: string;
  ehr_connection: string;
  nightly: boolean;
  from: string;
  until: string;
  state: string;
  fault_code: string | null;
  ehr: number;
  here: number;
  settling: number;
  differences: number;
  days: {
    day: string;
    facility: string | null;
    planned: number;
    differences: Record<string, number>;
    hidden: Record<string, number>;
    incomplete: { code: string; words: string }[];
  }[];
}

interface Difference {
  kind: string;
  reference: string;
  appointment: string | null;
  day: string;
  facility: string | null;
  here: string | null;
  ehr: string | null;
}

interface Answer<T> {
  status: number;
  body: T;
}

describe('the drift report', () => {
  let test: TestApp;
  let ehr: StandIn;
  let ctx: Context;
  let ids: Record<string, Uuid>;
  let patients: string[];

  beforeAll(async () => {
    ehr = await startStandIn(BEGIN);
    const main = organizationOf(SLUG, ehr.url, {}) as { ehr: object[] };
    const away = { ...main.ehr[0], name: 'away', baseUrl: 'http://127.0.0.1:1/fhir' };
    const reminders = [{ key: 'one-day', before: 'P1D', template: 'appointment_reminder' }];
    const organizations = [
      { ...main, reminders, ehr: [...main.ehr, away] },
      organizationOf('harbour', ehr.url, {}),
    ];
    // Loops stay asleep: what happens here is asked for here.
    test = await startApp({ organizations }, 'web');
    const all = await test.app.get(OrganizationsFacade).all();
    ctx = systemContext(all.find(({ slug }) => slug === SLUG)!.id, 'test');
    const connections = await test.app.get(FhirFacade).connections(ctx);
    ids = Object.fromEntries(connections.map(({ id, name }) => [name, id]));
    patients = (await ehr.all(SLUG, 'Patient')).slice(0, 2).map(({ id }) => `Patient/${id}`);
    // Those that the data set has in disorder on purpose.
    for (const id of ['20198', '20199']) await ehr.remove(SLUG, 'Appointment', id);
    for (const id of [...CHANGED, 'drift-restricted', 'drift-unread']) await ehr.put(SLUG, made(id));
    await ehr.put(SLUG, made('drift-group', { participant: both() }));
    await setClock(test.database, BEGIN);
    await sync();
    await pass(20);
  });
  afterAll(async () => {
    await test.close();
    await ehr.close();
  });

  const CHANGED = ['gone', 'moved', 'moved-far', 'status', 'answer', 'place', 'unusable', 'settling'].map(
    (what) => `drift-${what}`,
  );
  /** Half past eleven in India, three days later. */
  const START = new Date(BEGIN.getTime() + 3 * DAY_MS);
  let minutes = 0;

  const person = (
    reference: string,
    status = 'needs-action' as Appointment['participant'][number]['status'],
  ) => ({
    actor: { reference },
    status,
  });
  const both = () => [person(patients[0]!), person(patients[1]!), person('Location/1', 'accepted')];
  const made = (id: string, more: Partial<Appointment> = {}): Appointment => ({
    resourceType: 'Appointment',
    id,
    status: 'booked',
    start: START.toISOString(),
    end: new Date(START.getTime() + 30 * MINUTE_MS).toISOString(),
    participant: [person(patients[0]!), person('Location/1', 'accepted')],
    ...more,
  });
  const at = (days: number): string => new Date(START.getTime() + days * DAY_MS).toISOString();

  /** Both clocks go on. */
  async function pass(by: number): Promise<void> {
    minutes += by;
    await ehr.advance(`PT${by}M`);
    await setClock(test.database, new Date(BEGIN.getTime() + minutes * MINUTE_MS));
  }

  async function call<T>(
    method: string,
    path: string,
    body?: object,
    organization = SLUG,
  ): Promise<Answer<T>> {
    const answer = await fetch(`${test.url}/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${test.apiKey}`,
        'x-organization': organization,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  async function sync(): Promise<void> {
    await test.app.get(FhirFacade).sync(ctx, ids['main']!);
    while ((await test.app.get(PlanLoop).claim(ctx)) > 0);
  }

  async function report(more: object = {}): Promise<Report> {
    const body = { ehr_connection: publicId('ehr', ids['main']!), ...more };
    const made = await call<Report>('POST', 'drift-reports', body);
    expect(made.status).toBe(201);
    return made.body;
  }

  async function differencesOf({ id }: Report): Promise<Difference[]> {
    return (await call<{ data: Difference[] }>('GET', `drift-reports/${id}/differences?limit=100`)).body.data;
  }

  const items = async (): Promise<{ state: string; detail: object }[]> =>
    rowsOf(
      test.database,
      `select state, detail, resolution from worklist.work_item where kind = 'ehr-drift'`,
    );
  const nightly = (name = 'main'): Promise<{ id: string; state: string; fault_code: string | null }[]> =>
    rowsOf(
      test.database,
      'select id, state, fault_code from scheduling.drift_report where night is not null and connection_id = $1',
      [ids[name]],
    );

  it('finds nothing that differs after a sync, and the reminders that are planned', async () => {
    const found = await report();

    expect(found).toMatchObject({
      id: expect.stringMatching(/^drf_/),
      nightly: false,
      from: '2026-11-23',
      until: '2026-11-30',
      state: 'complete',
      fault_code: null,
      settling: 0,
      differences: 0,
    });
    expect(found.here).toBeGreaterThan(CHANGED.length);
    expect(found.ehr).toBe(found.here);
    const day = found.days.find((one) => one.day === '2026-11-26' && one.facility === 'Location/1');
    expect(day!.planned).toBeGreaterThanOrEqual(CHANGED.length + 2);
    expect(day!.differences).toEqual({});
  });

  describe('of an EHR that does not show everything', () => {
    afterAll(async () => {
      for (const id of ['drift-restricted', 'drift-unread']) await ehr.put(SLUG, made(id));
      await rowsOf(test.database, 'update fhir.resource set restricted_at = null');
    });
    afterEach(() => ehr.clearFaults());

    /** Neither the visit nor its absence is shown by this search, or by the read of it. */
    const failing = (match: object, count?: number) =>
      ehr.fault({
        name: 'error-500',
        match: { resourceType: 'Appointment', ...match },
        ...(count && { count }),
      });
    const onTheDay = ({ days }: Report) =>
      days.find((one) => one.day === '2026-11-26' && one.facility === 'Location/1')!;

    it('shows a visit behind break-the-glass as kept from us, which is nothing for the desk', async () => {
      await ehr.remove(SLUG, 'Appointment', 'drift-restricted');
      await rowsOf(
        test.database,
        `update fhir.resource set restricted_at = platform.now() where fhir_id = 'drift-restricted'`,
      );
      const found = await report();

      expect(found).toMatchObject({ state: 'complete', differences: 0 });
      expect(onTheDay(found)).toMatchObject({ hidden: { restricted: 1 }, differences: {}, incomplete: [] });
      expect(await items()).toEqual([]);
    });

    it('is incomplete by the day and facility of a visit whose read fails, and says why', async () => {
      await ehr.remove(SLUG, 'Appointment', 'drift-unread');
      await failing({ interaction: 'read', id: 'drift-unread' });
      const found = await report();

      expect(found).toMatchObject({ state: 'incomplete', fault_code: null, differences: 0 });
      expect(found.days.filter(({ incomplete }) => incomplete.length > 0)).toEqual([onTheDay(found)]);
      expect(onTheDay(found).incomplete).toEqual([
        { code: 'fhir.unavailable', words: expect.stringContaining('The EHR does not answer') as string },
      ]);
      expect(await items()).toEqual([]);
    });

    it('is incomplete by the days of a search that fails, and what seems to be missing there is no work item', async () => {
      // With its three repetitions.
      await failing({ interaction: 'search-type' }, 4);
      const found = await report();

      expect(found.state).toBe('incomplete');
      const days = (those: Report['days']) => new Set(those.map(({ day }) => day));
      const incomplete = days(found.days.filter((one) => one.incomplete[0]?.code === 'fhir.unavailable'));
      expect(incomplete).toEqual(
        new Set(['23', '24', '25', '26', '27', '28'].map((day) => `2026-11-${day}`)),
      );
      expect((await differencesOf(found)).map(({ kind, reference }) => [kind, reference])).toEqual([
        ['only-here', 'Appointment/drift-unread'],
      ]);
      expect(await items()).toEqual([]);
    });
  });

  describe('once the EHR has changed behind our back', () => {
    let found: Report;
    let differences: Difference[];

    beforeAll(async () => {
      await ehr.put(SLUG, made('drift-new'));
      await ehr.remove(SLUG, 'Appointment', 'drift-gone');
      await ehr.put(SLUG, made('drift-moved', { start: at(1), end: at(1) }));
      await ehr.put(SLUG, made('drift-moved-far', { start: at(40), end: at(40) }));
      await ehr.put(SLUG, made('drift-status', { status: 'cancelled' }));
      await ehr.put(
        SLUG,
        made('drift-answer', {
          participant: [person(patients[0]!, 'accepted'), person('Location/1', 'accepted')],
        }),
      );
      await ehr.put(
        SLUG,
        made('drift-place', { participant: [person(patients[0]!), person('Location/2', 'accepted')] }),
      );
      await ehr.put(SLUG, made('drift-unusable', { participant: [person('Location/1', 'accepted')] }));
      await ehr.put(
        SLUG,
        made('drift-group', { participant: [person(patients[0]!), person('Location/1', 'accepted')] }),
      );
      await pass(20);
      await ehr.put(SLUG, made('drift-settling', { status: 'cancelled' }));
      found = await report();
      differences = await differencesOf(found);
    });

    it('tells each difference with both sides, and what settles yet', () => {
      const told = differences.map(({ kind, reference, here, ehr: there }) => [
        reference.replace('Appointment/drift-', ''),
        kind,
        here,
        there,
      ]);
      expect(told.sort()).toEqual([
        ['answer', 'participant-status', 'needs-action', 'accepted'],
        ['gone', 'only-here', 'booked', null],
        ['group', 'only-here', 'booked', null],
        ['moved', 'start', START.toISOString(), at(1)],
        ['moved-far', 'start', START.toISOString(), at(40)],
        ['new', 'only-in-ehr', null, 'booked'],
        ['place', 'place', 'Location/1', 'Location/2'],
        ['status', 'status', 'booked', 'cancelled'],
        ['unusable', 'unusable', 'booked', 'no-patient'],
      ]);
      expect(found).toMatchObject({ settling: 1, differences: 9, state: 'complete' });
    });

    it('tells them by day and facility, with our visit where there is one', () => {
      const day = found.days.find((one) => one.day === '2026-11-26' && one.facility === 'Location/1');
      expect(day!.differences).toEqual({
        'only-here': 2,
        'only-in-ehr': 1,
        start: 2,
        status: 1,
        'participant-status': 1,
        place: 1,
        unusable: 1,
      });
      for (const { kind, appointment } of differences) {
        if (kind === 'only-in-ehr') expect(appointment).toBeNull();
        else expect(appointment).toMatch(/^apt_/);
      }
    });

    it('names nobody', async () => {
      const text = JSON.stringify([found, differences]);
      expect(text).not.toContain('Patient/');
    });

    it('changes nothing by looking', async () => {
      expect((await differencesOf(await report())).length).toBe(9);
      expect(
        await rowsOf(test.database, `select from scheduling.appointment where fhir_id = 'drift-new'`),
      ).toEqual([]);
    });

    it('is one work item with the figures', async () => {
      expect(await items()).toEqual([
        { state: 'open', detail: expect.objectContaining({ start: 2, 'only-in-ehr': 1 }), resolution: null },
      ]);
      expect(Object.keys((await items())[0]!.detail)).not.toContain('days-incomplete');
    });

    it('is a work item that says so, when the EHR did not show everything', async () => {
      const match = { interaction: 'read', resourceType: 'Appointment', id: 'drift-gone' };
      await ehr.fault({ name: 'error-500', match });
      await report();
      await ehr.clearFaults();
      expect(await items()).toMatchObject([{ state: 'open', detail: { start: 2, 'days-incomplete': 1 } }]);
    });

    it('shows its differences page by page, and the reports newest first', async () => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await call<{ data: Difference[]; next_cursor: string | null }>(
          'GET',
          `drift-reports/${found.id}/differences?limit=4${cursor && `&cursor=${cursor}`}`,
        );
        seen.push(...body.data.map(({ reference, kind }) => `${reference} ${kind}`));
        cursor = body.next_cursor ?? '';
      } while (cursor);
      expect(seen).toEqual(differences.map(({ reference, kind }) => `${reference} ${kind}`));

      const { body } = await call<{ data: Report[]; next_cursor: string }>('GET', 'drift-reports?limit=1');
      const next = await call<{ data: Report[] }>('GET', `drift-reports?cursor=${body.next_cursor}`);
      expect(next.body.data.map(({ id }) => id)).toContain(found.id);
      expect(body.data[0]!.id).not.toBe(found.id);
      expect(body.data[0]).not.toHaveProperty('days');
    });

    it('is for its own hospital alone', async () => {
      expect((await call('GET', `drift-reports/${found.id}`, undefined, 'harbour')).status).toBe(404);
      const differing = `drift-reports/${found.id}/differences`;
      expect((await call('GET', differing, undefined, 'harbour')).status).toBe(404);
      const connection = { ehr_connection: publicId('ehr', ids['main']!) };
      expect((await call('POST', 'drift-reports', connection, 'harbour')).status).toBe(404);
    });
  });

  it('looks at the days that are named, of which there may be fourteen', async () => {
    const one = await report({ from: '2026-11-27', until: '2026-11-27' });
    expect(one).toMatchObject({ from: '2026-11-27', until: '2026-11-27', here: expect.any(Number) });
    // The visit that was moved into that day is planned on another.
    expect((await differencesOf(one)).map(({ reference, kind }) => [reference, kind])).toEqual([
      ['Appointment/drift-moved', 'start'],
    ]);

    const connection = { ehr_connection: publicId('ehr', ids['main']!) };
    for (const days of [{ until: '2026-12-07' }, { until: '2026-11-22' }, { from: 'tomorrow' }]) {
      expect((await call('POST', 'drift-reports', { ...connection, ...days })).status).toBe(400);
    }
  });

  it('keeps why an EHR could not be asked', async () => {
    const away = publicId('ehr', ids['away']!);
    const failed = await call<{ code: string }>('POST', 'drift-reports', { ehr_connection: away });
    expect(failed.body.code).toBe('fhir.unavailable');

    const { body } = await call<{ data: Report[] }>('GET', `drift-reports?ehr_connection=${away}`);
    expect(body.data).toMatchObject([
      { ehr_connection: away, state: 'failed', fault_code: 'fhir.unavailable', differences: 0 },
    ]);
  });

  describe('by itself', () => {
    const claim = (): Promise<number> => test.app.get(DriftLoop).claim(ctx);
    const toHour = async (hour: number, minute = 0): Promise<void> => {
      // Midnight in India is half past six in the evening before.
      const target = Date.parse('2026-11-23T18:30:00Z') + (hour * 60 + minute) * MINUTE_MS;
      await pass((target - BEGIN.getTime()) / MINUTE_MS - minutes);
    };

    it('is made once a night after four o’clock, whoever looks at the same time', async () => {
      await rowsOf(test.database, `delete from scheduling.drift_report`);
      await rowsOf(test.database, `delete from worklist.work_item where kind = 'ehr-drift'`);
      await toHour(3, 59);
      // What was made by day belongs to no night.
      await rowsOf(test.database, `delete from scheduling.drift_report`);
      expect(await claim()).toBe(0);
      expect(await nightly()).toEqual([]);

      await toHour(4, 1);
      await Promise.all([claim(), claim(), claim(), claim()]);
      while ((await claim()) > 0);

      expect(await nightly()).toMatchObject([{ state: 'complete' }]);
      expect(await nightly('away')).toMatchObject([{ state: 'failed', fault_code: 'fhir.unavailable' }]);
      expect(await items()).toMatchObject([{ state: 'open' }]);
    });

    it('asks an EHR that was away again after an hour, and takes up what a dead process left', async () => {
      const [before] = await nightly('away');
      await rowsOf(
        test.database,
        `update scheduling.drift_report
            set state = 'running', ended_at = null, leased_until = clock_timestamp() + interval '1 minute'
          where id = $1`,
        [before!.id],
      );
      expect(await claim()).toBe(0);
      await rowsOf(
        test.database,
        `update scheduling.drift_report set leased_until = clock_timestamp() - interval '1 minute' where id = $1`,
        [before!.id],
      );
      expect(await claim()).toBe(1);
      expect(await nightly('away')).toMatchObject([{ id: before!.id, state: 'failed' }]);

      expect(await claim()).toBe(0);
      await toHour(5, 2);
      expect(await claim()).toBe(1);
      expect(await claim()).toBe(0);
      expect(await nightly('away')).toMatchObject([{ id: before!.id, state: 'failed' }]);
      expect(await nightly()).toHaveLength(1);
    });

    it('leaves an EHR alone in its quiet hours, and one that is switched off', async () => {
      await rowsOf(test.database, `update fhir.connection set state = 'paused' where name = 'away'`);
      await rowsOf(
        test.database,
        `update fhir.connection set quiet_hours = '{"from":"22:00","to":"06:00"}' where name = 'main'`,
      );
      await toHour(24 + 5);
      expect(await claim()).toBe(0);
      await toHour(24 + 6, 1);
      expect(await claim()).toBe(1);
      expect(await claim()).toBe(0);
      expect(await nightly()).toHaveLength(2);
    });

    it('resolves the work item once nothing differs, and not by a look at fewer days', async () => {
      await sync();
      await report({ until: '2026-11-26' });
      expect(await items()).toMatchObject([{ state: 'open' }]);

      // Rows that cannot be used have a work item of their own.
      const last = await differencesOf(await report());
      expect(last.map(({ reference }) => reference)).toContain('Appointment/drift-unusable');
      expect(new Set(last.map(({ kind }) => kind))).toEqual(new Set(['unusable']));
      expect(await items()).toMatchObject([{ state: 'resolved', resolution: 'no-difference' }]);
    });

    it('is forgotten after 30 days, with what differed', async () => {
      await rowsOf(
        test.database,
        `update scheduling.drift_report set begun_at = begun_at - interval '29 days'`,
      );
      await toHour(24 * 3 + 7);
      expect(await claim()).toBe(1);
      const [left] = await rowsOf<{ old: number; orphans: number }>(
        test.database,
        `select (select count(*)::int from scheduling.drift_report
                  where begun_at < platform.now() - interval '30 days') as old,
                (select count(*)::int from scheduling.drift_difference d
                  where not exists (select from scheduling.drift_report r where r.id = d.report_id)) as orphans`,
      );
      expect(left).toEqual({ old: 0, orphans: 0 });
      expect((await nightly()).length).toBeGreaterThan(0);
    });
  });
});

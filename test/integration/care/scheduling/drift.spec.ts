import { DriftLoop } from '../../../../src/care/scheduling/application/drift/drift-loop.js';
import { publicId } from '../../../../src/platform/ids/ids.js';
import { rowsOf } from '../../exchange/fhir/database.js';
import { BEGIN } from '../../exchange/fhir/hospital.js';
import {
  at,
  type Difference,
  type DriftHospital,
  MINUTE_MS,
  openDriftHospital,
  person,
  type Report,
  SLUG,
  START,
} from './drift-hospital.js';

describe('the drift report', () => {
  let hospital: DriftHospital;
  const CHANGED = ['gone', 'moved', 'moved-far', 'status', 'answer', 'place', 'unusable', 'settling'].map(
    (what) => `drift-${what}`,
  );

  beforeAll(async () => {
    hospital = await openDriftHospital([...CHANGED, 'drift-restricted', 'drift-unread']);
  });
  afterAll(() => hospital.close());

  it('finds nothing that differs after a sync, and the reminders that are planned', async () => {
    const found = await hospital.report();

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
      for (const id of ['drift-restricted', 'drift-unread']) await hospital.ehr.put(SLUG, hospital.made(id));
      await rowsOf(hospital.test.database, 'update fhir.resource set restricted_at = null');
    });
    afterEach(() => hospital.ehr.clearFaults());

    /** Neither the visit nor its absence is shown by this search, or by the read of it. */
    const failing = (match: object, count?: number) =>
      hospital.ehr.fault({
        name: 'error-500',
        match: { resourceType: 'Appointment', ...match },
        ...(count && { count }),
      });
    const onTheDay = ({ days }: Report) =>
      days.find((one) => one.day === '2026-11-26' && one.facility === 'Location/1')!;

    it('shows a visit behind break-the-glass as kept from us, which is nothing for the desk', async () => {
      await hospital.ehr.remove(SLUG, 'Appointment', 'drift-restricted');
      await rowsOf(
        hospital.test.database,
        `update fhir.resource set restricted_at = platform.now() where fhir_id = 'drift-restricted'`,
      );
      const found = await hospital.report();

      expect(found).toMatchObject({ state: 'complete', differences: 0 });
      expect(onTheDay(found)).toMatchObject({ hidden: { restricted: 1 }, differences: {}, incomplete: [] });
      expect(await hospital.items()).toEqual([]);
    });

    it('is incomplete by the day and facility of a visit whose read fails, and says why', async () => {
      await hospital.ehr.remove(SLUG, 'Appointment', 'drift-unread');
      await failing({ interaction: 'read', id: 'drift-unread' });
      const found = await hospital.report();

      expect(found).toMatchObject({ state: 'incomplete', fault_code: null, differences: 0 });
      expect(found.days.filter(({ incomplete }) => incomplete.length > 0)).toEqual([onTheDay(found)]);
      expect(onTheDay(found).incomplete).toEqual([
        { code: 'fhir.unavailable', words: expect.stringContaining('The EHR does not answer') as string },
      ]);
      expect(await hospital.items()).toEqual([]);
    });

    it('is incomplete by the days of a search that fails, and what seems to be missing there is no work item', async () => {
      // With its three repetitions.
      await failing({ interaction: 'search-type' }, 4);
      const found = await hospital.report();

      expect(found.state).toBe('incomplete');
      const days = (those: Report['days']) => new Set(those.map(({ day }) => day));
      const incomplete = days(found.days.filter((one) => one.incomplete[0]?.code === 'fhir.unavailable'));
      expect(incomplete).toEqual(
        new Set(['23', '24', '25', '26', '27', '28'].map((day) => `2026-11-${day}`)),
      );
      expect((await hospital.differencesOf(found)).map(({ kind, reference }) => [kind, reference])).toEqual([
        ['only-here', 'Appointment/drift-unread'],
      ]);
      expect(await hospital.items()).toEqual([]);
    });
  });

  describe('once the EHR has changed behind our back', () => {
    let found: Report;
    let differences: Difference[];

    beforeAll(async () => {
      await hospital.ehr.put(SLUG, hospital.made('drift-new'));
      await hospital.ehr.remove(SLUG, 'Appointment', 'drift-gone');
      await hospital.ehr.put(SLUG, hospital.made('drift-moved', { start: at(1), end: at(1) }));
      await hospital.ehr.put(SLUG, hospital.made('drift-moved-far', { start: at(40), end: at(40) }));
      await hospital.ehr.put(SLUG, hospital.made('drift-status', { status: 'cancelled' }));
      await hospital.ehr.put(
        SLUG,
        hospital.made('drift-answer', {
          participant: [person(hospital.patients[0]!, 'accepted'), person('Location/1', 'accepted')],
        }),
      );
      await hospital.ehr.put(
        SLUG,
        hospital.made('drift-place', {
          participant: [person(hospital.patients[0]!), person('Location/2', 'accepted')],
        }),
      );
      await hospital.ehr.put(
        SLUG,
        hospital.made('drift-unusable', { participant: [person('Location/1', 'accepted')] }),
      );
      await hospital.ehr.put(
        SLUG,
        hospital.made('drift-group', {
          participant: [person(hospital.patients[0]!), person('Location/1', 'accepted')],
        }),
      );
      await hospital.pass(20);
      await hospital.ehr.put(SLUG, hospital.made('drift-settling', { status: 'cancelled' }));
      found = await hospital.report();
      differences = await hospital.differencesOf(found);
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
      expect((await hospital.differencesOf(await hospital.report())).length).toBe(9);
      expect(
        await rowsOf(
          hospital.test.database,
          `select from scheduling.appointment where fhir_id = 'drift-new'`,
        ),
      ).toEqual([]);
    });

    it('is one work item with the figures', async () => {
      expect(await hospital.items()).toEqual([
        { state: 'open', detail: expect.objectContaining({ start: 2, 'only-in-ehr': 1 }), resolution: null },
      ]);
      expect(Object.keys((await hospital.items())[0]!.detail)).not.toContain('days-incomplete');
    });

    it('is a work item that says so, when the EHR did not show everything', async () => {
      const match = { interaction: 'read', resourceType: 'Appointment', id: 'drift-gone' };
      await hospital.ehr.fault({ name: 'error-500', match });
      await hospital.report();
      await hospital.ehr.clearFaults();
      expect(await hospital.items()).toMatchObject([
        { state: 'open', detail: { start: 2, 'days-incomplete': 1 } },
      ]);
    });

    it('shows its differences page by page, and the reports newest first', async () => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await hospital.call<{ data: Difference[]; next_cursor: string | null }>(
          'GET',
          `drift-reports/${found.id}/differences?limit=4${cursor && `&cursor=${cursor}`}`,
        );
        seen.push(...body.data.map(({ reference, kind }) => `${reference} ${kind}`));
        cursor = body.next_cursor ?? '';
      } while (cursor);
      expect(seen).toEqual(differences.map(({ reference, kind }) => `${reference} ${kind}`));

      const { body } = await hospital.call<{ data: Report[]; next_cursor: string }>(
        'GET',
        'drift-reports?limit=1',
      );
      const next = await hospital.call<{ data: Report[] }>('GET', `drift-reports?cursor=${body.next_cursor}`);
      expect(next.body.data.map(({ id }) => id)).toContain(found.id);
      expect(body.data[0]!.id).not.toBe(found.id);
      expect(body.data[0]).not.toHaveProperty('days');
    });

    it('is for its own hospital alone', async () => {
      expect((await hospital.call('GET', `drift-reports/${found.id}`, undefined, 'harbour')).status).toBe(
        404,
      );
      const differing = `drift-reports/${found.id}/differences`;
      expect((await hospital.call('GET', differing, undefined, 'harbour')).status).toBe(404);
      const connection = { ehr_connection: publicId('ehr', hospital.ids['main']!) };
      expect((await hospital.call('POST', 'drift-reports', connection, 'harbour')).status).toBe(404);
    });
  });

  it('looks at the days that are named, of which there may be fourteen', async () => {
    const one = await hospital.report({ from: '2026-11-27', until: '2026-11-27' });
    expect(one).toMatchObject({ from: '2026-11-27', until: '2026-11-27', here: expect.any(Number) });
    // The visit that was moved into that day is planned on another.
    expect((await hospital.differencesOf(one)).map(({ reference, kind }) => [reference, kind])).toEqual([
      ['Appointment/drift-moved', 'start'],
    ]);

    const connection = { ehr_connection: publicId('ehr', hospital.ids['main']!) };
    for (const days of [{ until: '2026-12-07' }, { until: '2026-11-22' }, { from: 'tomorrow' }]) {
      expect((await hospital.call('POST', 'drift-reports', { ...connection, ...days })).status).toBe(400);
    }
  });

  it('keeps why an EHR could not be asked', async () => {
    const away = publicId('ehr', hospital.ids['away']!);
    const failed = await hospital.call<{ code: string }>('POST', 'drift-reports', { ehr_connection: away });
    expect(failed.body.code).toBe('fhir.unavailable');

    const { body } = await hospital.call<{ data: Report[] }>('GET', `drift-reports?ehr_connection=${away}`);
    expect(body.data).toMatchObject([
      { ehr_connection: away, state: 'failed', fault_code: 'fhir.unavailable', differences: 0 },
    ]);
  });

  describe('by itself', () => {
    const claim = (): Promise<number> => hospital.test.app.get(DriftLoop).claim(hospital.ctx);
    const toHour = async (hour: number, minute = 0): Promise<void> => {
      // Midnight in India is half past six in the evening before.
      const target = Date.parse('2026-11-23T18:30:00Z') + (hour * 60 + minute) * MINUTE_MS;
      await hospital.pass((target - BEGIN.getTime()) / MINUTE_MS - hospital.minutes());
    };

    it('is made once a night after four o’clock, whoever looks at the same time', async () => {
      await rowsOf(hospital.test.database, `delete from scheduling.drift_report`);
      await rowsOf(hospital.test.database, `delete from worklist.work_item where kind = 'ehr-drift'`);
      await toHour(3, 59);
      // What was made by day belongs to no night.
      await rowsOf(hospital.test.database, `delete from scheduling.drift_report`);
      expect(await claim()).toBe(0);
      expect(await hospital.nightly()).toEqual([]);

      await toHour(4, 1);
      await Promise.all([claim(), claim(), claim(), claim()]);
      while ((await claim()) > 0);

      expect(await hospital.nightly()).toMatchObject([{ state: 'complete' }]);
      expect(await hospital.nightly('away')).toMatchObject([
        { state: 'failed', fault_code: 'fhir.unavailable' },
      ]);
      expect(await hospital.items()).toMatchObject([{ state: 'open' }]);
    });

    it('asks an EHR that was away again after an hour, and takes up what a dead process left', async () => {
      const [before] = await hospital.nightly('away');
      await rowsOf(
        hospital.test.database,
        `update scheduling.drift_report
            set state = 'running', ended_at = null, leased_until = clock_timestamp() + interval '1 minute'
          where id = $1`,
        [before!.id],
      );
      expect(await claim()).toBe(0);
      await rowsOf(
        hospital.test.database,
        `update scheduling.drift_report set leased_until = clock_timestamp() - interval '1 minute' where id = $1`,
        [before!.id],
      );
      expect(await claim()).toBe(1);
      expect(await hospital.nightly('away')).toMatchObject([{ id: before!.id, state: 'failed' }]);

      expect(await claim()).toBe(0);
      await toHour(5, 2);
      expect(await claim()).toBe(1);
      expect(await claim()).toBe(0);
      expect(await hospital.nightly('away')).toMatchObject([{ id: before!.id, state: 'failed' }]);
      expect(await hospital.nightly()).toHaveLength(1);
    });

    it('leaves an EHR alone in its quiet hours, and one that is switched off', async () => {
      await rowsOf(hospital.test.database, `update fhir.connection set state = 'paused' where name = 'away'`);
      await rowsOf(
        hospital.test.database,
        `update fhir.connection set quiet_hours = '{"from":"22:00","to":"06:00"}' where name = 'main'`,
      );
      await toHour(24 + 5);
      expect(await claim()).toBe(0);
      await toHour(24 + 6, 1);
      expect(await claim()).toBe(1);
      expect(await claim()).toBe(0);
      expect(await hospital.nightly()).toHaveLength(2);
    });

    it('resolves the work item once nothing differs, and not by a look at fewer days', async () => {
      await hospital.sync();
      await hospital.report({ until: '2026-11-26' });
      expect(await hospital.items()).toMatchObject([{ state: 'open' }]);

      // Rows that cannot be used have a work item of their own.
      const last = await hospital.differencesOf(await hospital.report());
      expect(last.map(({ reference }) => reference)).toContain('Appointment/drift-unusable');
      expect(new Set(last.map(({ kind }) => kind))).toEqual(new Set(['unusable']));
      expect(await hospital.items()).toMatchObject([{ state: 'resolved', resolution: 'no-difference' }]);
    });

    it('is forgotten after 30 days, with what differed', async () => {
      await rowsOf(
        hospital.test.database,
        `update scheduling.drift_report set begun_at = begun_at - interval '29 days'`,
      );
      await toHour(24 * 3 + 7);
      expect(await claim()).toBe(1);
      const [left] = await rowsOf<{ old: number; orphans: number }>(
        hospital.test.database,
        `select (select count(*)::int from scheduling.drift_report
                  where begun_at < platform.now() - interval '30 days') as old,
                (select count(*)::int from scheduling.drift_difference d
                  where not exists (select from scheduling.drift_report r where r.id = d.report_id)) as orphans`,
      );
      expect(left).toEqual({ old: 0, orphans: 0 });
      expect((await hospital.nightly()).length).toBeGreaterThan(0);
    });
  });
});

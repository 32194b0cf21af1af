import type { Appointment } from 'fhir/r4.js';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital } from './hospital.js';
import { bundle, type OddRequest, outcome, visit } from './odd-ehr.js';
import { at, atPlace, DAY_MS, holds, HOUR_MS, type ScannedEhr, startScannedEhr } from './scanned-ehr.js';

describe('a scan', () => {
  let ehr: ScannedEhr;
  let hospital: Hospital;

  beforeEach(async () => void (ehr = await startScannedEhr()));
  afterEach(() => ehr.close());

  const loop = async () => {
    await hospital.platform.app.get(Sync, { strict: false }).claim(hospital.ctx);
    const [row] = await hospital.rows<{ figures: { band: string; complete: boolean; warnings: string[] } }>(
      'select figures from fhir.sync',
    );
    return row!.figures;
  };
  const dueAfter = async (): Promise<Record<string, number>> => {
    const [row] = await hospital.rows<Record<string, number>>(
      `select extract(epoch from due_at - started_at)::int as due, extract(epoch from rest_due_at - started_at)::int as rest,
              extract(epoch from full_due_at - started_at)::int as full from fhir.sync`,
    );
    return row!;
  };

  it('asks for closed days with an offset, a day more on both sides, and keeps the days it wants', async () => {
    hospital = await ehr.open();
    ehr.rows = [visit('a', at(3)), visit('before', at(-3.5)), visit('after', at(46.5))];
    await hospital.sync();
    const limits = ehr.searches().map(({ query }) => query.getAll('date'));
    for (const [from, to] of limits) {
      expect(from).toMatch(/^ge.*T.*Z$/);
      expect(to).toMatch(/^lt.*T.*Z$/);
    }
    const edges = limits.map(([from, to]) => [Date.parse(from!.slice(2)), Date.parse(to!.slice(2))]);
    expect(edges[0]![0]).toBeLessThan(BEGIN.getTime() - 3 * DAY_MS);
    expect(edges.at(-1)![1]).toBeGreaterThan(BEGIN.getTime() + 46 * DAY_MS);
    expect(await ehr.known()).toEqual(['a']);
  });

  it('case 6: that dies on page 4 of 9 keeps what came and goes on at its days', async () => {
    hospital = await ehr.open();
    ehr.rows = Array.from({ length: 9 }, (_, n) => visit(`v${n}`, at(20 + n / 10)));
    ehr.rows.push(visit('near', at(1)));
    let dead = true;
    ehr.odd = ({ path, query }) => {
      if (path !== 'Appointment' || !holds({ query }, ehr.rows[0]!)) return undefined;
      const page = Number(query.get('page') ?? 0);
      if (dead && page === 3) return { status: 503, body: {} };
      const next = new URLSearchParams(query);
      next.set('page', String(page + 1));
      return { body: bundle([ehr.rows[page]!], page < 8 ? `Appointment?${next}` : undefined) };
    };
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.unavailable' });
    expect(await ehr.known()).toEqual(['near', 'v0', 'v1', 'v2']);
    expect(await hospital.rows('select mark, complete_at from fhir.sync')).toEqual([
      { mark: null, complete_at: null },
    ]);

    dead = false;
    const before = ehr.searches().length;
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true, gone: 0 });
    const days = (requests: OddRequest[]): string[] =>
      requests.map(({ query }) => query.getAll('date').join());
    const again = days(ehr.searches().slice(before));
    expect(again).not.toContain(days(ehr.searches())[0]);
    expect(new Set(days(ehr.searches())).size).toBe(8);
    expect((await ehr.known()).length).toBe(10);
  });

  /** Epic's own code for a page whose session is over. */
  const forgotten = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'fatal', code: 'expired', details: { coding: [{ code: '4113' }] } }],
  };

  it.each([
    ['404', 404, outcome('not-found', 'error')],
    ['410', 410, outcome('expired', 'error')],
    ['Epic’s 4113', 400, forgotten],
  ])(
    'case 8: reports days that are forgotten again and again (%s), and reads all others',
    async (_, status, body) => {
      hospital = await ehr.open();
      ehr.rows = [visit('a', at(1)), visit('b', at(20)), visit('c', at(40))];
      let forgets = true;
      ehr.odd = ({ path, query }) => {
        if (path !== 'Appointment' || !forgets) return undefined;
        if (query.has('page')) return { status, body };
        if (!holds({ query }, ehr.rows[1]!)) return undefined;
        return { body: bundle([], `Appointment?${query}&page=2`) };
      };
      await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.page-expired' });
      expect(ehr.searches().filter(({ query }) => query.has('page'))).toHaveLength(2);
      expect(await ehr.known()).toEqual(['a', 'c']);
      forgets = false;
      await expect(hospital.sync()).resolves.toMatchObject({ complete: true });
      expect(await ehr.known()).toEqual(['a', 'b', 'c']);
    },
  );

  it('of days that fail again and again does not keep the others from being read', async () => {
    hospital = await ehr.open();
    ehr.rows = [visit('a', at(1)), visit('b', at(40))];
    ehr.odd = ({ path, query }) =>
      path === 'Appointment' && holds({ query }, ehr.rows[0]!) ? { status: 500, body: {} } : undefined;
    for (const _ of [1, 2]) await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.unavailable' });
    expect(await ehr.known()).toEqual(['b']);
  });

  it.each([404, 410])('case 16: that misses a visit reads it: %i, and it is gone', async (status) => {
    hospital = await ehr.open();
    ehr.rows = [visit('a', at(3))];
    await hospital.sync();
    ehr.rows = [];
    ehr.odd = ({ path }) =>
      path === 'Appointment/a' ? { status, body: outcome('not-found', 'error') } : undefined;
    expect(await hospital.sync()).toMatchObject({ complete: true, gone: 1 });
    expect(await ehr.known()).toEqual([]);
  });

  it('that misses a visit whose read fails leaves it as it is', async () => {
    hospital = await ehr.open();
    ehr.rows = [visit('a', at(3)), visit('b', at(3))];
    await hospital.sync();
    const hidden = ehr.rows.splice(0);
    ehr.odd = ({ path }) => {
      if (path === 'Appointment/a') return { status: 500, body: {} };
      return path === 'Appointment/b' ? { body: hidden[1] } : undefined;
    };
    expect(await hospital.sync()).toMatchObject({ complete: false, gone: 0, warnings: ['record-unread'] });
    expect(await ehr.known()).toEqual(['a', 'b']);
  });

  it('case 19: brings an entry in error as a change of what was known, without times if it has none', async () => {
    hospital = await ehr.open();
    ehr.rows = [visit('a', at(3)), visit('b', at(3))];
    await hospital.sync();
    const { start: _start, end: _end, ...undated } = ehr.rows[1]!;
    ehr.rows = [{ ...ehr.rows[0]!, status: 'entered-in-error' }];
    ehr.odd = ({ path }) =>
      path === 'Appointment/b' ? { body: { ...undated, status: 'entered-in-error' } } : undefined;
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 2 }, gone: 0 });
  });

  it('case 20: brings a visit moved by 15 minutes over the end of summer time as one change at the right instant', async () => {
    hospital = await ehr.open();
    // 01:50 before the clock of New York is put back, and 01:05 after it.
    await setClock(hospital.platform.database, new Date('2027-11-04T12:00:00Z'));
    const times = (start: string, end: string): Partial<Appointment> => ({ start, end });
    ehr.rows = [visit('a', at(0), times('2027-11-07T01:50:00-04:00', '2027-11-07T01:05:00-05:00'))];
    await hospital.sync();
    ehr.rows = [visit('a', at(0), times('2027-11-07T01:05:00-05:00', '2027-11-07T01:20:00-05:00'))];
    expect(await hospital.sync()).toMatchObject({ changed: { Appointment: 1 } });
    expect(await hospital.sync()).toMatchObject({ changed: { Appointment: 0 } });
    const [row] = await hospital.rows<{ at: Date }>(
      `select starts_at as at from fhir.resource where type = 'Appointment'`,
    );
    expect(row!.at.toISOString()).toBe('2027-11-07T06:05:00.000Z');
  });

  describe('by place', () => {
    it('names exactly one place and a closed range in each search', async () => {
      hospital = await ehr.open({ sync: { scanBy: 'location', locations: ['Location/1', 'Location/2'] } });
      ehr.rows = [atPlace('a', 3, 'Location/1'), atPlace('b', 3, 'Location/2')];
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 2 } });
      for (const { query } of ehr.searches()) {
        expect([query.getAll('location').length, query.getAll('date').length]).toEqual([1, 2]);
        expect(
          [...query.keys()].filter((name) => !['date', 'location', '_count', '_include'].includes(name)),
        ).toEqual([]);
      }
      expect(ehr.searches()).toHaveLength(16);
    });

    it('learns the places from what the EHR tells of, where none are named', async () => {
      hospital = await ehr.open({ sync: { scanBy: 'location' } });
      const places = ['1', '2'].map((id) => ({ resourceType: 'Location' as const, id }));
      ehr.odd = ({ path }) => (path === 'Location' ? { body: bundle(places) } : undefined);
      ehr.rows = [atPlace('a', 3, 'Location/1'), atPlace('b', 3, 'Location/2')];
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 2 } });
      expect(await hospital.rows('select places from fhir.sync')).toEqual([
        { places: ['Location/1', 'Location/2'] },
      ]);
    });

    it('says so where nothing is known', async () => {
      hospital = await ehr.open({ sync: { scanBy: 'practitioner' } });
      expect(await hospital.sync()).toMatchObject({ complete: false, warnings: ['places-unknown'] });
      expect(await hospital.rows('select fault_code from fhir.sync')).toEqual([
        { fault_code: 'fhir.places-unknown' },
      ]);
      expect(ehr.searches()).toEqual([]);
    });

    it('case 13: takes nothing of another place, although the EHR dropped the filter', async () => {
      hospital = await ehr.open({ sync: { locations: ['Location/1'] } });
      ehr.rows = [atPlace('a', 3, 'Location/1'), atPlace('b', 3, 'Location/2')];
      ehr.odd = (request) =>
        request.path === 'Appointment'
          ? { body: bundle(ehr.rows.filter((one) => holds(request, one))) }
          : undefined;
      expect(await hospital.sync()).toMatchObject({ changed: { Appointment: 1 }, ignored: 1 });
      expect(await ehr.known()).toEqual(['a']);
    });

    it('asks for each known patient, all days at once', async () => {
      hospital = await ehr.open({ sync: { scanBy: 'patient' } });
      ehr.rows = [visit('a', at(3)), visit('b', at(30))];
      await hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 1 } });
      expect(await ehr.known()).toEqual(['a', 'b']);
      expect(ehr.searches().map(({ query }) => query.get('patient'))).toEqual(['Patient/1']);
    });

    it('reads each known visit by its id where no search shows any', async () => {
      hospital = await ehr.open({ sync: { scanBy: 'known' } });
      ehr.rows = [visit('a', at(3)), visit('b', at(3))];
      for (const id of ['a', 'b'])
        await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Appointment/${id}`);
      ehr.rows[0] = { ...ehr.rows[0]!, start: at(4), end: at(4) };
      ehr.rows.pop();
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 1 }, gone: 1 });
      expect(ehr.searches()).toEqual([]);
      expect(await ehr.known()).toEqual(['a']);
    });
  });

  describe('of the loop', () => {
    it('reads the next three days often, all ahead hourly, and all in the hospital’s night', async () => {
      hospital = await ehr.open();
      expect(await loop()).toMatchObject({ band: 'all', complete: true });
      // From 11:30 in India to three at night.
      expect(await dueAfter()).toEqual({ due: 600, rest: 3_600, full: 15.5 * 3_600 });

      const bands: string[] = [];
      let before = ehr.searches().length;
      const counts: number[] = [];
      for (const hours of [0.2, 1.1, 16]) {
        await setClock(hospital.platform.database, new Date(BEGIN.getTime() + hours * HOUR_MS));
        bands.push((await loop()).band);
        counts.push(ehr.searches().length - before);
        before = ehr.searches().length;
      }
      expect(bands).toEqual(['near', 'rest', 'all']);
      expect(counts[0]).toBe(1);
      expect(counts[1]).toBeGreaterThan(5);
    });

    it('in quiet hours reads the next three days only', async () => {
      hospital = await ehr.open({ budget: { quietHours: { from: '22:00', to: '06:00' } } });
      expect(await loop()).toMatchObject({ band: 'all' });
      expect(await dueAfter()).toMatchObject({ full: 18.5 * 3_600 });
      await setClock(hospital.platform.database, new Date(BEGIN.getTime() + 16 * HOUR_MS));
      expect(await loop()).toMatchObject({ band: 'near' });
      await setClock(hospital.platform.database, new Date(BEGIN.getTime() + 19 * HOUR_MS));
      expect(await loop()).toMatchObject({ band: 'all' });
    });
  });

  describe('and who takes part', () => {
    const reads = () => ehr.requests.filter(({ path }) => path === 'Patient/1').length;
    const night = async (days: number): Promise<void> => {
      await setClock(hospital.platform.database, new Date(BEGIN.getTime() + days * DAY_MS));
      await hospital.sync();
    };

    it('is read again once a day where no search shows them', async () => {
      hospital = await ehr.open();
      ehr.rows = [visit('a', at(10))];
      await hospital.sync();
      await hospital.sync();
      expect(reads()).toBe(1);
      await night(1);
      expect(reads()).toBe(2);

      // Behind break-the-glass since it waits to be read: each read would be an alarm there.
      await hospital.rows(
        `update fhir.resource set restricted_at = platform.now(), refresh_at = platform.now() where type = 'Patient'`,
      );
      await hospital.sync();
      await night(2);
      expect(reads()).toBe(2);
    });

    it('is let go of when nobody needs them any more, and is the same when they come back', async () => {
      hospital = await ehr.open();
      ehr.rows = [visit('a', at(1))];
      await hospital.sync();
      const patient = () =>
        hospital.rows<{ id: string; let_go: boolean; content: number }>(
          `select id, let_go_at is not null as let_go, length(hash) as content from fhir.resource where type = 'Patient'`,
        );
      const [before] = await patient();
      await hospital.rows(`update fhir.resource set needed_until = starts_at where type = 'Appointment'`);
      await night(60);
      expect(await patient()).toEqual([{ id: before!.id, let_go: true, content: 0 }]);
      const seen = reads();
      await night(61);
      expect(reads()).toBe(seen);

      ehr.rows = [visit('b', at(70))];
      await hospital.sync();
      expect(await patient()).toEqual([before]);
      expect(reads()).toBe(seen + 1);
    });
  });
});

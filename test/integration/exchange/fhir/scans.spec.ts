import type { Appointment } from 'fhir/r4.js';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import {
  bundle,
  type OddEhr,
  type OddRequest,
  outcome,
  PATIENT,
  startOddEhr,
  statement,
  visit,
} from './odd-ehr.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const at = (days: number): string => new Date(BEGIN.getTime() + days * DAY_MS + HOUR_MS).toISOString();
const atPlace = (id: string, days: number, place: string): Appointment =>
  visit(id, at(days), {
    participant: [
      { actor: { reference: 'Patient/1' }, status: 'accepted' },
      { actor: { reference: place }, status: 'accepted' },
    ],
  });

function holds({ query }: OddRequest, { start }: Appointment): boolean {
  return query.getAll('date').every((limit) => {
    const edge = Date.parse(limit.slice(2));
    return limit.startsWith('ge') ? Date.parse(start!) >= edge : Date.parse(start!) < edge;
  });
}

describe('a scan', () => {
  let ehr: OddEhr;
  let hospital: Hospital;
  let rows: Appointment[];
  /** What the EHR answers instead, where it does. */
  let odd: (request: OddRequest) => { status?: number; body: unknown } | undefined;

  async function open(settings: Record<string, unknown> = {}): Promise<void> {
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl, ...settings });
    // What the EHR can do is asked beforehand: what follows are a scan's own searches.
    await hospital.fhir.capabilities(hospital.ctx, hospital.connectionId);
    ehr.requests.length = 0;
  }

  beforeEach(async () => {
    rows = [];
    odd = () => undefined;
    ehr = await startOddEhr(BEGIN);
    ehr.answer((request) => odd(request) ?? usual(request));
  });
  afterEach(async () => {
    await hospital.close();
    await ehr.close();
  });

  function usual(request: OddRequest): { status?: number; body: unknown } {
    const [type, id] = request.path.split('/');
    if (type === 'metadata')
      return { body: withReads(statement(['date', 'location', 'practitioner', 'patient'])) };
    if (type === 'Patient') return { body: { ...PATIENT, id } };
    if (type === 'Location' && id) return { body: { resourceType: 'Location', id } };
    if (type !== 'Appointment') return { status: 400, body: outcome('not-supported', 'error') };
    const row = rows.find((one) => one.id === id);
    if (id) return row ? { body: row } : { status: 404, body: outcome('not-found', 'error') };
    const place = ['location', 'practitioner', 'patient'].flatMap((name) => request.query.get(name) ?? [])[0];
    const names = (one: Appointment): boolean =>
      !place || one.participant.some(({ actor }) => actor?.reference === place);
    return { body: bundle(rows.filter((one) => holds(request, one) && names(one))) };
  }

  function withReads(body: ReturnType<typeof statement>): object {
    const read = [{ code: 'read' as const }, { code: 'search-type' as const }];
    body.rest![0]!.resource!.push({ type: 'Location', interaction: read });
    return body;
  }

  const searches = () => ehr.requests.filter(({ path }) => path === 'Appointment');
  const known = async () =>
    (
      await hospital.rows<{ id: string }>(
        `select fhir_id as id from fhir.resource where type = 'Appointment' and gone_at is null order by 1`,
      )
    ).map(({ id }) => id);
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
    await open();
    rows = [visit('a', at(3)), visit('before', at(-3.5)), visit('after', at(46.5))];
    await hospital.sync();
    const limits = searches().map(({ query }) => query.getAll('date'));
    for (const [from, to] of limits) {
      expect(from).toMatch(/^ge.*T.*Z$/);
      expect(to).toMatch(/^lt.*T.*Z$/);
    }
    const edges = limits.map(([from, to]) => [Date.parse(from!.slice(2)), Date.parse(to!.slice(2))]);
    expect(edges[0]![0]).toBeLessThan(BEGIN.getTime() - 3 * DAY_MS);
    expect(edges.at(-1)![1]).toBeGreaterThan(BEGIN.getTime() + 46 * DAY_MS);
    expect(await known()).toEqual(['a']);
  });

  it('case 6: that dies on page 4 of 9 keeps what came and goes on at its days', async () => {
    await open();
    rows = Array.from({ length: 9 }, (_, n) => visit(`v${n}`, at(20 + n / 10)));
    rows.push(visit('near', at(1)));
    let dead = true;
    odd = ({ path, query }) => {
      if (path !== 'Appointment' || !holds({ query } as OddRequest, rows[0]!)) return undefined;
      const page = Number(query.get('page') ?? 0);
      if (dead && page === 3) return { status: 503, body: {} };
      const next = new URLSearchParams(query);
      next.set('page', String(page + 1));
      return { body: bundle([rows[page]!], page < 8 ? `Appointment?${next}` : undefined) };
    };
    await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.unavailable' });
    expect(await known()).toEqual(['near', 'v0', 'v1', 'v2']);
    expect(await hospital.rows('select mark, complete_at from fhir.sync')).toEqual([
      { mark: null, complete_at: null },
    ]);

    dead = false;
    const before = searches().length;
    await expect(hospital.sync()).resolves.toMatchObject({ complete: true, gone: 0 });
    const days = (requests: OddRequest[]): string[] =>
      requests.map(({ query }) => query.getAll('date').join());
    const again = days(searches().slice(before));
    expect(again).not.toContain(days(searches())[0]);
    expect(new Set(days(searches())).size).toBe(8);
    expect((await known()).length).toBe(10);
  });

  /** Epic's own code for a page whose session is over. */
  const forgotten = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'fatal', code: 'expired', details: { coding: [{ code: '4113' }] } }],
  };

  it.each([
    ['410', 410, outcome('expired', 'error')],
    ['Epic’s 4113', 400, forgotten],
  ])(
    'case 8: reports days that are forgotten again and again (%s), and reads all others',
    async (_, status, body) => {
      await open();
      rows = [visit('a', at(1)), visit('b', at(20)), visit('c', at(40))];
      let forgets = true;
      odd = ({ path, query }) => {
        if (path !== 'Appointment' || !forgets) return undefined;
        if (query.has('page')) return { status, body };
        if (!holds({ query } as OddRequest, rows[1]!)) return undefined;
        return { body: bundle([], `Appointment?${query}&page=2`) };
      };
      await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.page-expired' });
      expect(searches().filter(({ query }) => query.has('page'))).toHaveLength(2);
      expect(await known()).toEqual(['a', 'c']);
      forgets = false;
      await expect(hospital.sync()).resolves.toMatchObject({ complete: true });
      expect(await known()).toEqual(['a', 'b', 'c']);
    },
  );

  it('of days that fail again and again does not keep the others from being read', async () => {
    await open();
    rows = [visit('a', at(1)), visit('b', at(40))];
    odd = ({ path, query }) =>
      path === 'Appointment' && holds({ query } as OddRequest, rows[0]!)
        ? { status: 500, body: {} }
        : undefined;
    for (const _ of [1, 2]) await expect(hospital.sync()).rejects.toMatchObject({ code: 'fhir.unavailable' });
    expect(await known()).toEqual(['b']);
  });

  it.each([404, 410])('case 16: that misses a visit reads it: %i, and it is gone', async (status) => {
    await open();
    rows = [visit('a', at(3))];
    await hospital.sync();
    rows = [];
    odd = ({ path }) =>
      path === 'Appointment/a' ? { status, body: outcome('not-found', 'error') } : undefined;
    expect(await hospital.sync()).toMatchObject({ complete: true, gone: 1 });
    expect(await known()).toEqual([]);
  });

  it('that misses a visit whose read fails leaves it as it is', async () => {
    await open();
    rows = [visit('a', at(3)), visit('b', at(3))];
    await hospital.sync();
    const hidden = rows.splice(0);
    odd = ({ path }) => {
      if (path === 'Appointment/a') return { status: 500, body: {} };
      return path === 'Appointment/b' ? { body: hidden[1] } : undefined;
    };
    expect(await hospital.sync()).toMatchObject({ complete: false, gone: 0, warnings: ['record-unread'] });
    expect(await known()).toEqual(['a', 'b']);
  });

  it('case 19: brings an entry in error as a change of what was known, without times if it has none', async () => {
    await open();
    rows = [visit('a', at(3)), visit('b', at(3))];
    await hospital.sync();
    const { start: _start, end: _end, ...undated } = rows[1]!;
    rows = [{ ...rows[0]!, status: 'entered-in-error' }];
    odd = ({ path }) =>
      path === 'Appointment/b' ? { body: { ...undated, status: 'entered-in-error' } } : undefined;
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 2 }, gone: 0 });
  });

  it('case 20: brings a visit moved by 15 minutes over the end of summer time as one change at the right instant', async () => {
    await open();
    // 01:50 before the clock of New York is put back, and 01:05 after it.
    await setClock(hospital.platform.database, new Date('2027-11-04T12:00:00Z'));
    const times = (start: string, end: string): Partial<Appointment> => ({ start, end });
    rows = [visit('a', at(0), times('2027-11-07T01:50:00-04:00', '2027-11-07T01:05:00-05:00'))];
    await hospital.sync();
    rows = [visit('a', at(0), times('2027-11-07T01:05:00-05:00', '2027-11-07T01:20:00-05:00'))];
    expect(await hospital.sync()).toMatchObject({ changed: { Appointment: 1 } });
    expect(await hospital.sync()).toMatchObject({ changed: { Appointment: 0 } });
    const [row] = await hospital.rows<{ at: Date }>(
      `select starts_at as at from fhir.resource where type = 'Appointment'`,
    );
    expect(row!.at.toISOString()).toBe('2027-11-07T06:05:00.000Z');
  });

  describe('by place', () => {
    it('names exactly one place and a closed range in each search', async () => {
      await open({ sync: { scanBy: 'location', locations: ['Location/1', 'Location/2'] } });
      rows = [atPlace('a', 3, 'Location/1'), atPlace('b', 3, 'Location/2')];
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 2 } });
      for (const { query } of searches()) {
        expect([query.getAll('location').length, query.getAll('date').length]).toEqual([1, 2]);
        expect(
          [...query.keys()].filter((name) => !['date', 'location', '_count', '_include'].includes(name)),
        ).toEqual([]);
      }
      expect(searches()).toHaveLength(16);
    });

    it('learns the places from what the EHR tells of, where none are named', async () => {
      await open({ sync: { scanBy: 'location' } });
      const places = ['1', '2'].map((id) => ({ resourceType: 'Location' as const, id }));
      odd = ({ path }) => (path === 'Location' ? { body: bundle(places) } : undefined);
      rows = [atPlace('a', 3, 'Location/1'), atPlace('b', 3, 'Location/2')];
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 2 } });
      expect(await hospital.rows('select places from fhir.sync')).toEqual([
        { places: ['Location/1', 'Location/2'] },
      ]);
    });

    it('says so where nothing is known', async () => {
      await open({ sync: { scanBy: 'practitioner' } });
      expect(await hospital.sync()).toMatchObject({ complete: false, warnings: ['places-unknown'] });
      expect(await hospital.rows('select fault_code from fhir.sync')).toEqual([
        { fault_code: 'fhir.places-unknown' },
      ]);
      expect(searches()).toEqual([]);
    });

    it('case 13: takes nothing of another place, although the EHR dropped the filter', async () => {
      await open({ sync: { locations: ['Location/1'] } });
      rows = [atPlace('a', 3, 'Location/1'), atPlace('b', 3, 'Location/2')];
      odd = (request) =>
        request.path === 'Appointment'
          ? { body: bundle(rows.filter((one) => holds(request, one))) }
          : undefined;
      expect(await hospital.sync()).toMatchObject({ changed: { Appointment: 1 }, ignored: 1 });
      expect(await known()).toEqual(['a']);
    });

    it('asks for each known patient, all days at once', async () => {
      await open({ sync: { scanBy: 'patient' } });
      rows = [visit('a', at(3)), visit('b', at(30))];
      await hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 1 } });
      expect(await known()).toEqual(['a', 'b']);
      expect(searches().map(({ query }) => query.get('patient'))).toEqual(['Patient/1']);
    });

    it('reads each known visit by its id where no search shows any', async () => {
      await open({ sync: { scanBy: 'known' } });
      rows = [visit('a', at(3)), visit('b', at(3))];
      for (const id of ['a', 'b'])
        await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Appointment/${id}`);
      rows[0] = { ...rows[0]!, start: at(4), end: at(4) };
      rows.pop();
      expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 1 }, gone: 1 });
      expect(searches()).toEqual([]);
      expect(await known()).toEqual(['a']);
    });
  });

  describe('whose window is looked at live', () => {
    const span = { from: new Date(at(0)), until: new Date(at(8)) };
    const look = async () => {
      const { visits, unseen, unread, ...rest } = await hospital.fhir.window(
        hospital.ctx,
        hospital.connectionId,
        span,
      );
      const ids = visits.map(({ fhirId }) => fhirId).sort();
      return { ids, ...rest, unread, complete: unseen.length === 0 && unread.length === 0 };
    };
    const withPractitioner = (id: string, days: number): Appointment => atPlace(id, days, 'Practitioner/1');

    it.each([
      ['date', {}, visit],
      ['date', { locations: ['Location/1'] }, (id: string) => atPlace(id, 3, 'Location/1')],
      ['location', { locations: ['Location/1'] }, (id: string) => atPlace(id, 3, 'Location/1')],
      ['practitioner', { practitioners: ['Practitioner/1'] }, (id: string) => withPractitioner(id, 3)],
      ['patient', {}, visit],
    ] as const)('by %s and %j shows what is there, and takes nothing in', async (scanBy, places, make) => {
      await open({ sync: { scanBy, ...places } });
      rows = [make('a', at(3))];
      await hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
      const late = { ...make('late', at(3)), start: at(9), end: at(9) };
      rows.push(make('b', at(3)), late, { ...make('bad', at(3)), status: 'unheard-of' as 'booked' });

      expect(await look()).toEqual({
        ids: ['a', 'b'],
        unusable: [
          { reference: 'Appointment/bad', reason: 'unknown-status', startsAt: new Date(rows[0]!.start!) },
        ],
        hidden: [],
        unread: [],
        complete: true,
        askedAt: BEGIN,
      });
      expect(await known()).toEqual(['a']);
      expect(await hospital.rows('select * from fhir.quarantine')).toEqual([]);
    });

    it('reads each known visit by its id where no search shows any', async () => {
      await open({ sync: { scanBy: 'known' } });
      rows = [visit('a', at(3)), visit('b', at(3))];
      for (const id of ['a', 'b'])
        await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Appointment/${id}`);
      rows = [visit('a', at(4)), visit('c', at(3))];

      expect(await look()).toMatchObject({ ids: ['a'], unusable: [], complete: true });
      expect(searches()).toEqual([]);
      expect(await known()).toEqual(['a', 'b']);
    });

    it('reads what no search shows any more, shows where it is now, and says what it could not see', async () => {
      await open();
      rows = ['moved', 'gone', 'hidden', 'glass', 'broken', 'there'].map((id) => visit(id, at(3)));
      await hospital.sync();
      await hospital.rows(`update fhir.resource set restricted_at = platform.now() where fhir_id = 'glass'`);
      rows = [visit('moved', at(20)), visit('there', at(3))];
      odd = ({ path }) => {
        if (path === 'Appointment/hidden') return { status: 403, body: outcome('forbidden', 'error') };
        return path === 'Appointment/broken' ? { status: 500, body: {} } : undefined;
      };
      ehr.requests.length = 0;

      expect(await look()).toMatchObject({
        ids: ['moved', 'there'],
        unusable: [],
        hidden: [
          { reference: 'Appointment/hidden', reason: 'forbidden' },
          { reference: 'Appointment/glass', reason: 'restricted' },
        ],
        unread: [{ reference: 'Appointment/broken', cause: { code: 'fhir.unavailable' } }],
        complete: false,
      });
      // Each read of it would be an alarm there.
      expect(ehr.requests.map(({ path }) => path)).not.toContain('Appointment/glass');
    });

    it('is cut smaller while the EHR leaves rows out, and says so when a day is still too much', async () => {
      await open();
      rows = [visit('a', at(3)), visit('b', at(5))];
      const days = ({ query }: OddRequest): number => {
        const [from, to] = query.getAll('date').map((limit) => Date.parse(limit.slice(2)));
        return (to! - from!) / DAY_MS;
      };
      const cut = { body: { ...bundle([]), entry: [{ resource: outcome('incomplete', 'warning') }] } };
      odd = (request) => (request.path === 'Appointment' && days(request) > 2 ? cut : undefined);
      expect(await look()).toMatchObject({ ids: ['a', 'b'], complete: true });

      odd = (request) => (request.path === 'Appointment' ? cut : undefined);
      expect(await look()).toMatchObject({ ids: [], complete: false });
    });

    it('says that it knows no place at which to look', async () => {
      await open({ sync: { scanBy: 'practitioner' } });
      expect(await look()).toMatchObject({ ids: [], complete: false });
    });

    it('throws when the EHR is away', async () => {
      await open();
      odd = () => ({ status: 503, body: outcome('transient', 'error') });
      await expect(look()).rejects.toMatchObject({ code: 'fhir.unavailable' });
    });
  });

  describe('of the loop', () => {
    it('reads the next three days often, all ahead hourly, and all in the hospital’s night', async () => {
      await open();
      expect(await loop()).toMatchObject({ band: 'all', complete: true });
      // From 11:30 in India to three at night.
      expect(await dueAfter()).toEqual({ due: 600, rest: 3_600, full: 15.5 * 3_600 });

      const bands: string[] = [];
      let before = searches().length;
      const counts: number[] = [];
      for (const hours of [0.2, 1.1, 16]) {
        await setClock(hospital.platform.database, new Date(BEGIN.getTime() + hours * HOUR_MS));
        bands.push((await loop()).band);
        counts.push(searches().length - before);
        before = searches().length;
      }
      expect(bands).toEqual(['near', 'rest', 'all']);
      expect(counts[0]).toBe(1);
      expect(counts[1]).toBeGreaterThan(5);
    });

    it('in quiet hours reads the next three days only', async () => {
      await open({ budget: { quietHours: { from: '22:00', to: '06:00' } } });
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
      await open();
      rows = [visit('a', at(10))];
      await hospital.sync();
      await hospital.sync();
      expect(reads()).toBe(1);
      await night(1);
      expect(reads()).toBe(2);
    });

    it('is let go of when nobody needs them any more, and is the same when they come back', async () => {
      await open();
      rows = [visit('a', at(1))];
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

      rows = [visit('b', at(70))];
      await hospital.sync();
      expect(await patient()).toEqual([before]);
      expect(reads()).toBe(seen + 1);
    });
  });
});

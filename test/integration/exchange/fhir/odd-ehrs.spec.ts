import type { Appointment } from 'fhir/r4.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { bundle, type OddEhr, outcome, PATIENT, startOddEhr, statement, visit } from './odd-ehr.js';

const SOON = '2026-11-26T09:00:00+05:30';

function windowOf(query: URLSearchParams): [number, number] {
  return query.getAll('date').map((text) => Date.parse(text.slice(2))) as [number, number];
}

/** As an EHR does: a visit is found by the window that it lies in, not by each. */
function holdsSoon(query: URLSearchParams): boolean {
  const [from, to] = windowOf(query);
  return Date.parse(SOON) >= from && Date.parse(SOON) < to;
}

/** A hospital whose EHR is odd in a way that the test tells. */
describe('a sync of an EHR that', () => {
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

  const mark = async () =>
    (await hospital.rows<{ mark: Date | null }>('select mark from fhir.sync'))[0]!.mark;
  const faultCode = async () =>
    (await hospital.rows<{ fault_code: string | null }>('select fault_code from fhir.sync'))[0]!.fault_code;
  const visits = async () =>
    (
      await hospital.rows<{ id: string }>(
        `select fhir_id as id from fhir.resource where type = 'Appointment' order by 1`,
      )
    ).map(({ id }) => id);
  const asked = (type: string) => ehr.requests.filter(({ path }) => path === type);

  it('brings no companions along is asked for each once, on first sight', async () => {
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { body: PATIENT };
      return { body: bundle([visit('a', SOON), visit('b', SOON)]) };
    });
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Patient: 1, Appointment: 2 } });
    await hospital.sync();
    expect(asked('Patient/1')).toHaveLength(1);
  });

  it('does not answer for one patient leaves that visit for the next time, and brings the others', async () => {
    const other = visit('b', SOON, {
      participant: [{ actor: { reference: 'Patient/2' }, status: 'accepted' }],
    });
    const answer = (broken: boolean) =>
      ehr.answer(({ path, query }) => {
        if (path === 'metadata') return { body: statement(['date']) };
        if (path === 'Patient/1') return broken ? { status: 500, body: {} } : { body: PATIENT };
        if (path === 'Patient/2') return { body: { ...PATIENT, id: '2' } };
        return { body: bundle(holdsSoon(query) ? [visit('a', SOON), other] : []) };
      });
    answer(true);
    expect(await hospital.sync()).toMatchObject({ complete: false, warnings: ['companion-unread'] });
    expect(await visits()).toEqual(['b']);
    answer(false);
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Patient: 1, Appointment: 1 } });
    expect(await visits()).toEqual(['a', 'b']);
  });

  it('hides a patient brings the visit all the same', async () => {
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { status: 403, body: outcome('forbidden', 'error') };
      return { body: bundle([visit('a', SOON)]) };
    });
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Patient: 0, Appointment: 1 } });
  });

  it('case 15: promises _lastUpdated and refuses it is scanned by windows, without a storm of refusals', async () => {
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: statement(['date', '_lastUpdated']) };
      return query.has('_lastUpdated')
        ? { status: 400, body: outcome('not-supported', 'error') }
        : { body: bundle([]) };
    });
    expect(await hospital.sync()).toMatchObject({ strategy: 'window-scan', complete: true });
    await hospital.sync();
    expect(ehr.requests.filter(({ query }) => query.has('_lastUpdated'))).toHaveLength(1);
  });

  it('case 14: calls a window incomplete is asked for smaller ones', async () => {
    const tooMuch = { resource: outcome('too-costly', 'warning') };
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { body: PATIENT };
      if (!holdsSoon(query)) return { body: bundle([]) };
      const [from, to] = windowOf(query);
      if (to - from > 2 * 86_400_000) return { body: { ...bundle([]), entry: [tooMuch] } };
      return { body: bundle([visit('a', SOON)]) };
    });
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 1 } });
  });

  it('case 14: is incomplete in one window, however small, keeps what came and moves no mark', async () => {
    let cuts = true;
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: statement(['date', '_lastUpdated']) };
      if (path === 'Patient/1') return { body: PATIENT };
      // Nothing has changed lately, so that _lastUpdated is believed.
      if (query.has('_lastUpdated')) return { body: bundle([]) };
      if (!holdsSoon(query)) return { body: bundle([]) };
      return { body: bundle([visit('a', SOON), ...(cuts ? [outcome('incomplete', 'warning')] : [])]) };
    });
    expect(await hospital.sync()).toMatchObject({
      strategy: 'last-updated',
      complete: false,
      changed: { Appointment: 1 },
    });
    expect([await mark(), await faultCode()]).toEqual([null, 'fhir.incomplete']);
    cuts = false;
    expect(await hospital.sync()).toMatchObject({ complete: true, changed: { Appointment: 0 } });
    expect([await mark(), await faultCode()]).toEqual([BEGIN, null]);
  });

  it('case 13: drops a parameter is flagged, and what lies outside of the horizon is left', async () => {
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { body: PATIENT };
      const entry = [
        visit('a', SOON),
        visit('b', '2030-01-01T09:00:00Z'),
        outcome('not-supported', 'warning'),
      ];
      return { body: bundle(entry) };
    });
    expect(await hospital.sync()).toMatchObject({
      warnings: ['parameter-ignored'],
      changed: { Appointment: 1 },
    });
    expect(await faultCode()).toBe('fhir.parameter-ignored');
  });

  it('case 3: shows a row on two pages in two versions is believed the newer one', async () => {
    const at = (lastUpdated: string, status: Appointment['status'], versionId: string) =>
      visit('a', SOON, { status, meta: { lastUpdated, versionId } });
    const newer = at('2026-11-23T05:59:00Z', 'pending', '2');
    const older = at('2026-11-23T05:00:00Z', 'booked', '1');
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { body: PATIENT };
      return { body: query.has('page') ? bundle([older]) : bundle([newer], '?page=2') };
    });
    await hospital.sync();
    const rows = await hospital.rows(`select version_id from fhir.resource where type = 'Appointment'`);
    expect(rows).toEqual([{ version_id: '2' }]);
  });

  it('does not tell its time is read in full again rather than from a mark of ours', async () => {
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date', '_lastUpdated']), date: null };
      return { body: bundle([]), date: null };
    });
    expect(await hospital.sync()).toMatchObject({ full: true, complete: true });
    expect(await mark()).toBeNull();
    expect(await hospital.sync()).toMatchObject({ full: true });
  });

  it('tells its changes is asked for those of the patients whom a visit needs, and of nobody else', async () => {
    const body = statement(['date', '_lastUpdated']);
    const [appointment] = body.rest![0]!.resource!;
    body.rest![0]!.resource!.push({ ...appointment!, type: 'Patient' });
    ehr.answer(({ path, query }) => {
      if (path === 'metadata') return { body };
      if (path === 'Patient/1') return { body: PATIENT };
      const shows = path === 'Appointment' && !query.has('_lastUpdated') && holdsSoon(query);
      return { body: bundle(shows ? [visit('a', SOON)] : []) };
    });
    expect(await hospital.sync()).toMatchObject({ strategy: 'last-updated', changed: { Patient: 1 } });
    await hospital.sync();
    // The live test asks for one from the future.
    const changes = asked('Patient').filter(({ query }) => query.get('_count') !== '1');
    expect(changes.map(({ query }) => query.get('_id'))).toEqual(['1']);
  });

  it('case 16: begins to hide a visit is reported to staff, once, and the visit is not given up', async () => {
    let hidden = false;
    ehr.answer(({ path }) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (path === 'Patient/1') return { body: PATIENT };
      if (path === 'Appointment/a') return { status: 403, body: outcome('forbidden', 'error') };
      return { body: bundle(hidden ? [] : [visit('a', SOON)]) };
    });
    await hospital.sync();
    hidden = true;
    expect(await hospital.sync()).toMatchObject({ complete: true, forbidden: 1, gone: 0 });
    await hospital.sync();
    const items = await hospital.rows(`select kind, reason, state from worklist.work_item`);
    expect(items).toEqual([{ kind: 'ehr-access', reason: 'record-forbidden', state: 'open' }]);
    expect(await hospital.rows('select from fhir.resource where gone_at is not null')).toEqual([]);
    const read = hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
    await expect(read).resolves.toEqual({ state: 'forbidden' });

    hidden = false;
    await hospital.sync();
    expect(await hospital.rows(`select resolution from worklist.work_item`)).toEqual([
      { resolution: 'readable-again' },
    ]);
  });

  it('case 13: drops the filters of a search is believed in what was asked for alone', async () => {
    const other = [{ actor: { reference: 'Patient/2' }, status: 'accepted' as const }];
    const rows = [
      visit('a', SOON),
      visit('pending', SOON, { status: 'pending' }),
      visit('early', '2026-11-25T09:00:00+05:30'),
      visit('b', SOON, { participant: other }),
    ];
    ehr.answer(({ path }) => ({ body: path === 'metadata' ? statement(['date']) : bundle(rows) }));
    const params = { patient: 'Patient/1', status: 'booked', date: 'ge2026-11-26T00:00:00+05:30' };
    const found = await hospital.fhir.search(hospital.ctx, hospital.connectionId, 'Appointment', params);
    expect(found.map(({ id }) => id)).toEqual(['a']);
  });

  it('answers a read with another record is not believed', async () => {
    ehr.answer(({ path }) =>
      path === 'metadata' ? { body: statement(['date']) } : { body: visit('b', SOON) },
    );
    const read = hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
    await expect(read).rejects.toMatchObject({ code: 'fhir.not-fhir', retryable: true });
  });

  it('has a spoiled visit tells so when it is read', async () => {
    ehr.answer(({ path }) =>
      path === 'metadata'
        ? { body: statement(['date']) }
        : { body: visit('a', SOON, { status: 'odd' as 'booked' }) },
    );
    const read = hospital.fhir.read(hospital.ctx, hospital.connectionId, 'Appointment/a');
    await expect(read).resolves.toEqual({ state: 'invalid', reason: 'unknown-status' });
  });

  it('has no such record says gone; what is no reference here is refused', async () => {
    ehr.answer(() => ({ status: 410, body: outcome('deleted', 'error') }));
    const read = (reference: string) => hospital.fhir.read(hospital.ctx, hospital.connectionId, reference);
    await expect(read('Appointment/a')).resolves.toEqual({ state: 'gone' });
    await expect(read('https://other.example/fhir/Appointment/a')).rejects.toMatchObject({
      code: 'fhir.reference',
    });
  });
});

describe('a connection', () => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital('harbour', { sync: { intervalSeconds: 5 } }, { role: 'all' });
  });
  afterAll(() => hospital.close());

  const finished = async () =>
    (await hospital.rows<{ at: Date | null }>('select complete_at as at from fhir.sync'))[0]!.at?.getTime() ??
    0;

  it('is probed and synced by itself, again and again', async () => {
    const end = performance.now() + 30_000;
    while ((await finished()) === 0 && performance.now() < end) await sleep(100);
    const first = await finished();
    expect(first).toBeGreaterThan(0);
    while ((await finished()) === first && performance.now() < end) await sleep(100);
    expect(await finished()).toBeGreaterThan(first);
    const [row] = await hospital.rows<{ probed: boolean }>(
      'select probed_at is not null as probed from fhir.connection',
    );
    expect(row!.probed).toBe(true);
  });
});

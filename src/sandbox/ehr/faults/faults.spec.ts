import { crawl, nextOf, openTestEhr, type TestEhr } from '../ehr-client.fake.js';
import type { HistoryEntry } from '../history.js';
import type { FaultSpec } from './fault-book.js';

let ehr: TestEhr;

beforeEach(async () => {
  ehr = await openTestEhr();
});

afterEach(() => ehr.close());

const letter = { resourceType: 'Communication', status: 'completed' };
const fault = (spec: FaultSpec) => ehr.control('POST', 'faults', spec);
const readVisit = () => fetch(`${ehr.url}/st-marys/fhir/Appointment/20001`);
const write = () => ehr.post('st-marys/fhir/Communication', letter);
const letters = () => ehr.all('st-marys', 'Communication');
const lastSeen = async () => (await ehr.control<{ data: HistoryEntry[] }>('GET', 'history')).data.at(-1);

describe('faults before the server works', () => {
  it.each([
    ['error-500', 500],
    ['error-503', 503],
  ] as const)('%s', async (name, status) => {
    await fault({ name });

    expect((await write()).status).toBe(status);
    expect(await letters()).toEqual([]);
  });

  it('throttle says when to come back', async () => {
    await fault({ name: 'throttle', seconds: 7 });
    const answer = await readVisit();

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('html is a login page with 200', async () => {
    await fault({ name: 'html' });
    const answer = await readVisit();

    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain('<form>');
  });

  it('stale answers 409, or 412 when asked, to writes only', async () => {
    await fault({ name: 'stale', count: 1 });
    await fault({ name: 'stale', status: 412 });

    expect((await readVisit()).status).toBe(200);
    expect((await write()).status).toBe(409);
    expect((await write()).status).toBe(412);
    expect(await letters()).toEqual([]);
  });

  it('drop-request stores nothing', async () => {
    await fault({ name: 'drop-request' });

    await expect(write()).rejects.toThrow('fetch failed');
    expect(await letters()).toEqual([]);
    expect(await lastSeen()).toMatchObject({ status: 0, fault: 'drop-request' });
  });

  it('hang never answers, and does not keep the stand-in from closing', async () => {
    await fault({ name: 'hang' });
    const waiting = expect(readVisit()).rejects.toThrow('fetch failed');

    const patience = AbortSignal.timeout(150);
    await expect(fetch(`${ehr.url}/st-marys/fhir/metadata`, { signal: patience })).rejects.toThrow();
    await ehr.close();
    await waiting;
  });

  it('delay answers late', async () => {
    await fault({ name: 'delay', ms: 120 });
    const began = performance.now();

    expect((await readVisit()).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(110);
  });
});

describe('faults in the answer', () => {
  it('malformed-json', async () => {
    await fault({ name: 'malformed-json' });
    const answer = await readVisit();

    expect(answer.status).toBe(200);
    await expect(answer.json()).rejects.toThrow();
  });

  it('truncate breaks off in the middle', async () => {
    await fault({ name: 'truncate' });

    await expect(readVisit().then((answer) => answer.text())).rejects.toThrow('terminated');
  });

  it('ignore-writes answers as if it had written and stores nothing', async () => {
    const visit = (await ehr.all('st-marys', 'Appointment')).find(
      ({ status, start }) => status === 'booked' && start,
    )!;
    await fault({ name: 'ignore-writes' });
    const created = await write();
    const path = `st-marys/fhir/Appointment/${visit.id}`;
    const updated = await ehr.put(path, { ...visit, status: 'cancelled' });
    const patched = await ehr.patch(path, [{ op: 'replace', path: '/status', value: 'cancelled' }]);
    const deleted = await ehr.fhir(path, { method: 'DELETE' });

    expect([created.status, updated.status, patched.status, deleted.status]).toEqual([201, 200, 200, 204]);
    expect([updated.body.status, updated.headers.get('etag')]).toEqual(['cancelled', 'W/"2"']);
    expect(await letters()).toEqual([]);
    expect((await ehr.fhir(path)).body).toEqual(visit);
  });

  it('drop-answer stores the write and then says nothing', async () => {
    await fault({ name: 'drop-answer', count: 1 });

    await expect(write()).rejects.toThrow('fetch failed');
    expect(await letters()).toHaveLength(1);
    expect(await lastSeen()).toMatchObject({
      status: 201,
      fault: 'drop-answer',
      id: (await letters())[0]!.id,
    });
    expect((await write()).status).toBe(201);
  });

  it('foreign-next and loop-next bend the next link of every searchset', async () => {
    const search = () => ehr.fhir('st-marys/fhir/Appointment?patient=1001');
    await fault({ name: 'foreign-next', count: 1, origin: 'http://127.0.0.3:1234' });
    await fault({ name: 'loop-next' });

    expect(nextOf(await search())).toMatch(
      /^http:\/\/127\.0\.0\.3:1234\/st-marys\/fhir\/Appointment\?_page=/,
    );
    expect(nextOf(await search())).toBe(`${ehr.url}/st-marys/fhir/Appointment?patient=1001`);
    expect((await readVisit()).status).toBe(200);
  });

  it('expired-page answers 410 in the middle of a crawl, a new crawl works', async () => {
    await fault({ name: 'expired-page', count: 1 });
    const first = await ehr.fhir('st-marys/fhir/Appointment?_count=50');

    expect((await ehr.fhir(nextOf(first) as string)).status).toBe(410);
    expect(await crawl(ehr, 'st-marys/fhir/Appointment?_count=50')).toHaveLength(200);
  });

  it('endless-body goes on until the client leaves', async () => {
    await fault({ name: 'endless-body', count: 1 });
    const { body } = await readVisit();
    let bytes = 0;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > 5_000_000) break;
    }

    expect(bytes).toBeGreaterThan(5_000_000);
    expect((await readVisit()).status).toBe(200);
  });
});

describe('the choice of requests', () => {
  it('spoils only what matches, and only as often as asked', async () => {
    await fault({
      name: 'error-503',
      count: 2,
      hospital: 'st-marys',
      match: { method: 'GET', resourceType: 'Appointment', interaction: 'read' },
    });
    const status = async (path: string) => (await ehr.fhir(path)).status;

    expect(await status('harbour/fhir/Appointment/20001')).toBe(200);
    expect(await status('st-marys/fhir/Patient/1001')).toBe(200);
    expect(await status('st-marys/fhir/Appointment')).toBe(200);
    expect(await status('st-marys/fhir/Appointment/20001')).toBe(503);
    expect(await status('st-marys/fhir/Appointment/20001')).toBe(503);
    expect(await status('st-marys/fhir/Appointment/20001')).toBe(200);
  });

  it('lists and clears them, and refuses a name or a number that makes no sense', async () => {
    await fault({ name: 'html', count: 5 });

    expect(await ehr.control('GET', 'faults')).toMatchObject({ data: [{ name: 'html', count: 5, used: 0 }] });
    expect(await ehr.control('DELETE', 'faults')).toEqual({ data: [] });
    expect((await readVisit()).headers.get('content-type')).toContain('json');
    expect(await ehr.control('POST', 'faults', { name: 'earthquake' })).toHaveProperty('error');
    expect(await ehr.control('POST', 'faults', { name: 'html', count: -1 })).toHaveProperty('error');
    expect(await ehr.control('POST', 'faults', { name: 'html', hospital: 'none' })).toHaveProperty('error');
  });
});

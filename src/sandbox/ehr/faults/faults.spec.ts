import { setTimeout as sleep } from 'node:timers/promises';
import { crawl, idsOf, nextOf, openTestEhr, type TestEhr } from '../ehr-client.fake.js';
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

  it('locked answers 423 to writes, forbidden 403 to anything', async () => {
    await fault({ name: 'locked', count: 1 });
    expect((await readVisit()).status).toBe(200);
    expect((await write()).status).toBe(423);

    await fault({ name: 'forbidden' });
    expect((await readVisit()).status).toBe(403);
    expect((await write()).status).toBe(403);
    expect(await letters()).toEqual([]);
  });

  it('throttle and error-503 name the moment as an HTTP date when asked', async () => {
    await fault({ name: 'throttle', seconds: 90, form: 'date', count: 1 });
    await fault({ name: 'error-503', seconds: 90, form: 'date' });

    for (const status of [429, 503]) {
      const answer = await readVisit();
      const [now, until] = ['date', 'retry-after'].map((name) => Date.parse(answer.headers.get(name) ?? ''));
      expect(answer.status).toBe(status);
      expect(answer.headers.get('retry-after')).toMatch(/GMT$/);
      expect((until as number) - (now as number)).toBe(90_000);
    }
    expect(await ehr.control('POST', 'faults', { name: 'throttle', form: 'soon' })).toHaveProperty('error');
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

  it('hold-answer stores the write and keeps the answer until it is released', async () => {
    await fault({ name: 'hold-answer' });
    let answered = 0;
    const waiting = [write(), write()].map(async (one) => {
      const answer = await one;
      answered += 1;
      return answer;
    });
    while ((await ehr.control<{ held: number }>('GET', 'faults/held')).held < 2) await sleep(5);

    expect(await letters()).toHaveLength(2);
    expect(await lastSeen()).toMatchObject({ status: 201, fault: 'hold-answer' });
    expect((await readVisit()).status).toBe(200);
    expect(answered).toBe(0);

    expect(await ehr.control('POST', 'faults/release')).toEqual({ released: 2 });
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([201, 201]);
    expect(await ehr.control('GET', 'faults')).toEqual({ data: [] });
    expect((await write()).status).toBe(201);
    expect(await ehr.control('POST', 'faults/release')).toEqual({ released: 0 });
  });

  it('hold-answer outlives a client that gives up', async () => {
    await fault({ name: 'hold-answer' });
    const url = `${ehr.url}/st-marys/fhir/Communication`;
    const headers = { 'content-type': 'application/fhir+json' };
    const signal = AbortSignal.timeout(100);
    const given = fetch(url, { method: 'POST', body: JSON.stringify(letter), headers, signal });

    await expect(given).rejects.toThrow();
    expect(await ehr.control('POST', 'faults/release')).toEqual({ released: 1 });
    expect(await letters()).toHaveLength(1);
    expect((await write()).status).toBe(201);
  });

  it('truncate-gzip ends in the middle of the compressed bytes: no JSON comes out of it', async () => {
    await fault({ name: 'truncate-gzip' });
    const answer = await readVisit();

    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, 'gzip']);
    await expect(answer.json()).rejects.toThrow();
  });

  it('repeated-rows shows the last rows of a page again on the next one', async () => {
    const search = 'st-marys/fhir/Appointment?_count=50';
    await fault({ name: 'repeated-rows' });
    const first = await ehr.fhir(search);
    const second = await ehr.fhir(nextOf(first) as string);

    expect(idsOf(second).slice(0, 3)).toEqual(idsOf(first).slice(-3));
    const ids = await crawl(ehr, search);
    expect([ids.length, new Set(ids).size]).toEqual([209, 200]);
  });

  it('delete-mid-crawl takes a row away before its page is read', async () => {
    const all = await ehr.all('st-marys', 'Appointment');
    await fault({ name: 'delete-mid-crawl', count: 1 });
    const seen = await crawl(ehr, 'st-marys/fhir/Appointment?_count=50');
    const gone = all.filter(({ id }) => !seen.includes(id));

    expect(gone).toHaveLength(1);
    expect((await ehr.fhir(`st-marys/fhir/Appointment/${gone[0]!.id}`)).status).toBe(410);
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

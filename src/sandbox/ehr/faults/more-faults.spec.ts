import type { Appointment, Bundle, Communication, OperationOutcome } from 'fhir/r4.js';
import { readFileSync } from 'node:fs';
import {
  crawl,
  type FhirAnswer,
  idsOf,
  nextOf,
  openTestEhr,
  rowsOf,
  type TestEhr,
} from '../ehr-client.fake.js';
import type { HistoryEntry } from '../history.js';
import { faultNames, type FaultSpec } from './fault-book.js';

let ehr: TestEhr;

beforeEach(async () => {
  ehr = await openTestEhr();
});

afterEach(() => ehr.close());

const base = 'st-marys/fhir';
const letter = {
  resourceType: 'Communication',
  status: 'completed',
  payload: [{ contentAttachment: { contentType: 'application/jose', data: 'aGVsbG8=' } }],
};
const fault = (spec: FaultSpec) => ehr.control('POST', 'faults', spec);
const write = () => ehr.post(`${base}/Communication`, letter);
const letters = () => ehr.all('st-marys', 'Communication');
const searchPage = () => ehr.fhir(`${base}/Appointment?_count=50`);
const outcomeOf = (answer: FhirAnswer) =>
  (rowsOf(answer, 'outcome') as unknown as OperationOutcome[])[0]?.issue[0];
const profile = (name: string) => ehr.control('PUT', 'hospitals/st-marys/profile', { name });

it('every fault is in the table of the README, and none that is not there', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('## Faults'));
  const named = [...table.matchAll(/^\| `([a-z0-9-]+)` /gm)].map(([, name]) => name);

  expect(named.sort()).toEqual([...faultNames].sort());
});

describe('faults that answer for the server', () => {
  it('failed-dependency answers 424 to writes', async () => {
    await fault({ name: 'failed-dependency', seconds: 3 });
    const answer = await write();

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([424, '3']);
    expect((await searchPage()).status).toBe(200);
    expect(await letters()).toEqual([]);
  });

  it('not-acceptable answers 406 with nothing, xml 200 with a Bundle that is no JSON', async () => {
    const ask = () => fetch(`${ehr.url}/${base}/Appointment`);
    await fault({ name: 'not-acceptable', count: 1 });
    await fault({ name: 'xml' });
    const silent = await ask();
    const xml = await ask();

    expect([silent.status, await silent.text()]).toEqual([406, '']);
    expect([xml.status, xml.headers.get('content-type')]).toEqual([
      200,
      'application/fhir+xml; charset=utf-8',
    ]);
    expect(await xml.text()).toMatch(/^<Bundle/);
  });

  it('forbidden touches one record alone, with the code of the vendor', async () => {
    await profile('epic-like');
    const [one, other] = await ehr.all('st-marys', 'Patient');
    await fault({ name: 'forbidden', match: { resourceType: 'Patient', id: one!.id } });
    const answer = await ehr.fhir(`${base}/Patient/${one!.id}`);

    expect(answer.status).toBe(403);
    expect((answer.body as unknown as OperationOutcome).issue[0]?.details?.coding?.[0]?.code).toBe('4130');
    expect((await ehr.fhir(`${base}/Patient/${other!.id}`)).status).toBe(200);
  });

  it('throttle says when to come back as the vendor does: with RateLimit, with Retry-After, or not', async () => {
    await fault({ name: 'throttle' });
    const told = async (): Promise<(string | null)[]> => {
      const { headers } = await ehr.fhir(`${base}/Patient/1001`);
      return [headers.get('retry-after'), headers.get('ratelimit')];
    };

    expect(await told()).toEqual(['2', '"sandbox";r=0;t=2']);
    await profile('healthlake-like');
    expect(await told()).toEqual(['2', null]);
    await profile('epic-like');
    expect(await told()).toEqual([null, null]);
  });
});

describe('faults in what a write leaves behind', () => {
  const told = ({ status, headers, body }: FhirAnswer) => [
    ...[status, body !== undefined, headers.has('location'), headers.has('etag')],
  ];

  it.each([
    ['empty-answer', [201, false, true, true]],
    ['no-location', [201, true, false, false]],
    ['bare-answer', [201, false, false, false]],
  ] as const)('%s is a success that tells less', async (name, expected) => {
    await fault({ name });

    expect(told(await write())).toEqual(expected);
    expect(await letters()).toHaveLength(1);
    expect((await ehr.post(`${base}/Communication`, { resourceType: 'Communication' })).status).toBe(422);
  });

  it('altered keeps something else than what was sent', async () => {
    await fault({ name: 'altered' });
    const { body } = await write();
    const [kept] = (await letters()) as unknown as Communication[];

    expect((await ehr.fhir(`${base}/Communication/${body.id}`)).body).toEqual(kept);
    expect(kept?.payload?.[0]?.contentAttachment?.data).toBe('AGVsbG8=');
  });
});

describe('faults in next links', () => {
  it('outside-next leads out of the base on the same host', async () => {
    await fault({ name: 'outside-next' });
    const next = new URL(nextOf(await searchPage()) as string);

    expect([next.origin, next.pathname]).toEqual([ehr.url, `/outside/${base}/Appointment`]);
  });

  it('alternate-next leads to the same page by another name, and works', async () => {
    await fault({ name: 'alternate-next' });
    const next = nextOf(await searchPage()) as string;

    expect(new URL(next).hostname).toBe('localhost');
    expect(await crawl(ehr, `${base}/Appointment?_count=50`)).toHaveLength(200);
  });

  it('relative-next is relative to the base, and works', async () => {
    await fault({ name: 'relative-next' });
    const next = nextOf(await searchPage()) as string;

    expect(next).toMatch(/^Appointment\?_page=/);
    expect(idsOf(await ehr.fhir(`${base}/${next}`))).toHaveLength(50);
  });

  it('many-pages goes on for as many pages as asked, at every vendor', async () => {
    await fault({ name: 'many-pages', pages: 30 });
    for (const name of ['open', 'hapi-like', 'healthlake-like']) {
      await profile(name);
      let pages = 0;
      const ids: string[] = [];
      for (let next: string | undefined = `${base}/Appointment?status=booked`; next; pages += 1) {
        const answer = await ehr.fhir(next);
        ids.push(...idsOf(answer));
        next = nextOf(answer);
      }
      expect([pages, ids.length]).toEqual([30, name === 'healthlake-like' ? 10 : 20]);
    }
  });
});

describe('faults in the rows of a search', () => {
  const versionsOf = (answer: FhirAnswer) =>
    rowsOf(answer).map(({ id, meta }) => [id, Number(meta?.versionId)] as const);

  it.each([
    ['newer', 1],
    ['older', -1],
  ] as const)('changed-rows shows rows again in a version that is %s', async (versions, difference) => {
    await fault({ name: 'changed-rows', versions, count: 1 });
    const first = await searchPage();
    const second = await ehr.fhir(nextOf(first) as string);
    const before = new Map(versionsOf(first));
    const again = versionsOf(second).filter(([id]) => before.has(id));

    expect(again.map(([id, version]) => version - before.get(id)!)).toEqual([
      difference,
      difference,
      difference,
    ]);
    const [row] = rowsOf(second) as unknown as Appointment[];
    const { meta } = (await ehr.fhir(`${base}/Appointment/${row?.id}`)).body;
    expect(meta.versionId).toBe(versions === 'newer' ? '2' : '1');
  });

  it('offset-pages loses as many rows as change behind the reader, and shows those twice', async () => {
    await fault({ name: 'offset-pages' });
    const first = await ehr.fhir(`${base}/Appointment?_count=50`);
    expect(new Set(await crawl(ehr, `${base}/Appointment?_count=50`)).size).toBe(200);
    for (const id of idsOf(first).slice(0, 5))
      await ehr.control('PATCH', `hospitals/st-marys/Appointment/${id}`, { comment: 'changed' });
    const rest = await crawl(ehr, nextOf(first) as string);
    const seen = [...idsOf(first), ...rest];

    expect([seen.length, new Set(seen).size]).toEqual([200, 195]);
  });

  it('incomplete warns that there may be more, ignored-parameter drops one and says so', async () => {
    await fault({ name: 'incomplete', code: '4119', count: 1 });
    const partial = await ehr.fhir(`${base}/Appointment?patient=1001`);
    expect(outcomeOf(partial)).toMatchObject({ code: 'incomplete', severity: 'warning' });
    expect(outcomeOf(partial)?.details?.coding?.[0]?.code).toBe('4119');

    await fault({ name: 'ignored-parameter', parameter: 'status' });
    const all = await ehr.fhir(`${base}/Appointment?status=noshow`);
    expect(outcomeOf(all)?.code).toBe('not-supported');
    expect((all.body as unknown as Bundle).total).toBe(200);
  });

  it.each([
    [undefined, 200],
    [410, 410],
    [403, 403],
  ])('vanished hides a row from searches, and a read answers as asked (%s)', async (asked, status) => {
    const [visit] = await ehr.all('st-marys', 'Appointment');
    await fault({ name: 'vanished', id: visit!.id, ...(asked && { status: asked }) });

    expect(await crawl(ehr, `${base}/Appointment?_count=100`)).not.toContain(visit!.id);
    expect((await ehr.fhir(`${base}/Appointment/${visit!.id}`)).status).toBe(status);
    expect((await ehr.fhir(`${base}/Appointment/20002`)).status).toBe(200);
    expect(await ehr.control('POST', 'faults', { name: 'vanished' })).toHaveProperty('error');
  });

  it('foreign-reference names patients and attachments of another origin', async () => {
    const { body } = await write();
    await fault({ name: 'foreign-reference', origin: 'http://127.0.0.3:1234' });
    const [visit] = rowsOf(await searchPage()) as unknown as Appointment[];
    const sent = (await ehr.fhir(`${base}/Communication/${body.id}`)).body as unknown as Communication;

    expect(visit?.participant[0]?.actor?.reference).toMatch(/^http:\/\/127\.0\.0\.3:1234\/fhir\/Patient\//);
    expect(sent.payload?.[0]?.contentAttachment).toEqual({
      contentType: 'application/jose',
      url: 'http://127.0.0.3:1234/fhir/Binary/1',
    });
  });
});

it('huge-body is as large as asked, and valid JSON', async () => {
  await fault({ name: 'huge-body', bytes: 3_000_000 });
  const text = await (await fetch(`${ehr.url}/${base}/Appointment`)).text();

  expect(text.length).toBeGreaterThan(3_000_000);
  expect(JSON.parse(text)).toEqual({ resourceType: 'Bundle', type: 'searchset' });
});

it('a row of a long transaction is seen late, stamped with the moment at which it began', async () => {
  const [visit] = await ehr.all('st-marys', 'Appointment');
  const path = `hospitals/st-marys/Appointment/${visit!.id}`;
  const written = await ehr.control('PATCH', `${path}?visible_in=PT20S`, { comment: 'late' });
  const seen = async () => (await ehr.fhir(`${base}/Appointment/${visit!.id}`)).body;

  expect((await seen()).meta.versionId).toBe('1');
  await ehr.control('POST', 'clock', { advance: 'PT21S' });
  expect(await seen()).toEqual(written);
  const since = encodeURIComponent(written.meta.lastUpdated);
  expect(idsOf(await ehr.fhir(`${base}/Appointment?_lastUpdated=ge${since}`))).toEqual([visit!.id]);
  expect(await ehr.control('PATCH', `${path}?visible_in=soon`, {})).toHaveProperty('error');
});

it('a fault of a write touches $book and $hold too, and the history has them', async () => {
  await fault({ name: 'stale' });
  const answer = await ehr.post(`${base}/Appointment/$book`, { resourceType: 'Parameters' });

  expect(answer.status).toBe(409);
  const { data } = await ehr.control<{ data: HistoryEntry[] }>('GET', 'history');
  expect(data.at(-1)).toMatchObject({ interaction: 'operation', fault: 'stale', status: 409 });
});

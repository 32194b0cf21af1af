import type { CapabilityStatement, OperationOutcome, Patient } from 'fhir/r4.js';
import {
  bundleOf,
  crawl,
  type FhirAnswer,
  idsOf,
  nextOf,
  openTestEhr,
  rowsOf,
  type TestEhr,
} from '../ehr-client.fake.js';
import type { StoredResource } from '../resource.js';
import type { ProfileName } from './index.js';

let ehr: TestEhr;

afterEach(() => ehr.close());

const base = 'st-marys/fhir';

/** The first hospital with the manners of one vendor; only `full` has merged and restricted records. */
async function open(name: ProfileName, dataset: 'small' | 'full' = 'small'): Promise<void> {
  ehr = await openTestEhr({ dataset, profiles: { 'st-marys': name } });
}

const warnings = (answer: FhirAnswer): (string | undefined)[] =>
  (rowsOf(answer, 'outcome') as unknown as OperationOutcome[]).flatMap(codeOf);
const codeOf = ({ issue }: OperationOutcome): (string | undefined)[] =>
  issue.map(({ details }) => details?.coding?.[0]?.code);
const code = ({ body }: FhirAnswer) => codeOf(body as unknown as OperationOutcome)[0];
const caseOf = async (name: string): Promise<string[]> =>
  (await ehr.control<{ data: Record<string, string[]> }>('GET', 'hospitals/st-marys/cases')).data[name] ?? [];
const booked = async (): Promise<StoredResource> =>
  (await ehr.all('st-marys', 'Appointment')).find(
    ({ status, start, end }) =>
      status === 'booked' && String(start) < String(end) && String(start).endsWith('+05:30'),
  )!;
const advance = (advance_: string) => ehr.control('POST', 'clock', { advance: advance_ });
const letter = { resourceType: 'Communication', status: 'completed' };

describe('hapi-like', () => {
  beforeEach(() => open('hapi-like'));

  it('answers an identical search within a minute with the old rows, unless told no-cache', async () => {
    const search = () => ehr.fhir(`${base}/Communication?status=completed`);
    expect(idsOf(await search())).toEqual([]);
    await ehr.post(`${base}/Communication`, letter);

    expect(idsOf(await search())).toEqual([]);
    const fresh = { headers: { 'cache-control': 'no-cache' } };
    expect(idsOf(await ehr.fhir(`${base}/Communication?status=completed`, fresh))).toHaveLength(1);
    await advance('PT61S');
    expect(idsOf(await search())).toHaveLength(1);
  });

  it('keeps the pages of a search for an hour', async () => {
    const next = nextOf(await ehr.fhir(`${base}/Appointment`)) as string;

    await advance('PT59M');
    expect((await ehr.fhir(next)).status).toBe(200);
    await advance('PT2M');
    expect((await ehr.fhir(next)).status).toBe(410);
  });
});

describe('epic-like', () => {
  it('ignores what it does not know, _lastUpdated too, and says so with its code', async () => {
    await open('epic-like');
    const answer = await ehr.fhir(`${base}/Appointment?_lastUpdated=ge2099-01-01`);

    expect(warnings(answer)).toEqual(['4122']);
    expect(bundleOf(answer).total).toBe(200);
    expect(warnings(await ehr.fhir(`${base}/Appointment?patient=none`))).toEqual(['4101']);
  });

  it('forgets pages after half an hour: 400 with its code', async () => {
    await open('epic-like');
    const next = nextOf(await ehr.fhir(`${base}/Appointment`)) as string;
    await advance('PT31M');
    const answer = await ehr.fhir(next);

    expect([answer.status, code(answer)]).toEqual([400, '4113']);
  });

  it('shows at most 100 patients and says that there may be more', async () => {
    await open('epic-like', 'full');
    const answer = await ehr.fhir(`${base}/Patient?_count=200`);

    expect(rowsOf(answer)).toHaveLength(100);
    expect(warnings(answer)).toEqual(['4127']);
  });

  it('reads only the form of a POST _search', async () => {
    await open('epic-like');
    const answer = await ehr.fhir(`${base}/Appointment/_search?patient=none`, {
      method: 'POST',
      body: new URLSearchParams({ _count: '5' }),
    });

    expect(rowsOf(answer)).toHaveLength(5);
  });

  it('sends a client on from a merged record, one hop at a time, a loop without end', async () => {
    await open('epic-like', 'full');
    const [b = '', a = '', c = ''] = await caseOf('merge/chain');
    const hop = (reference: string) => ehr.fhir(`${base}/${reference}`, { redirect: 'manual' });
    const first = await hop(a);

    expect([first.status, first.headers.get('location'), code(first)]).toEqual([
      301,
      `${ehr.url}/${base}/${b}`,
      '4107',
    ]);
    expect((await hop(b)).headers.get('location')).toBe(`${ehr.url}/${base}/${c}`);
    expect((await hop(c)).status).toBe(200);
    const [left = ''] = await caseOf('merge/loop');
    await expect(ehr.fhir(`${base}/${left}`)).rejects.toThrow('fetch failed');
  });

  it('refuses a restricted record with its code, and leaves it out of searches', async () => {
    await open('epic-like', 'full');
    const [secret = ''] = await caseOf('life/restricted');
    const answer = await ehr.fhir(`${base}/${secret}`);

    expect([answer.status, code(answer)]).toEqual([403, '4130']);
    expect(idsOf(await ehr.fhir(`${base}/Patient?_id=${secret.split('/')[1]}`))).toEqual([]);
  });

  it('changes no appointment and makes a second copy of a letter', async () => {
    await open('epic-like');
    const visit = await booked();
    const ifNone = { 'if-none-exist': 'status=completed' };

    expect((await ehr.patch(`${base}/Appointment/${visit.id}`, [])).status).toBe(405);
    for (const _ of [1, 2])
      expect((await ehr.post(`${base}/Communication`, letter, ifNone)).status).toBe(201);
  });
});

describe('oracle-like', () => {
  beforeEach(() => open('oracle-like'));

  const range = 'date=ge2026-11-01T00:00:00Z&date=lt2026-12-31T00:00:00Z';

  it.each([
    ['', 400],
    ['location=11', 400],
    [range, 400],
    [`location=11&date=ge2026-11-01T00:00:00Z`, 400],
    [`location=11&patient=1001&${range}`, 400],
    [`location=11,12&${range}`, 400],
    [`location=11&${range}&_lastUpdated=ge2026-01-01`, 400],
    [`location=11&${range}&_include=Appointment:patient`, 400],
    [`location=11&${range}`, 200],
    ['_id=20001', 200],
  ])('searches appointments by one actor and a closed range only (%s)', async (query, status) => {
    expect((await ehr.fhir(`${base}/Appointment?${query}`)).status).toBe(status);
  });

  it('repeats a row on the next page', async () => {
    const ids = await crawl(ehr, `${base}/Appointment?location=11&${range}&_count=10`);

    expect(ids.length).toBeGreaterThan(new Set(ids).size);
  });

  it('changes an appointment only with the current If-Match, by few paths and its own moves', async () => {
    const visit = await booked();
    const path = `${base}/Appointment/${visit.id}`;
    const cancel = [{ op: 'replace', path: '/status', value: 'cancelled' }];
    const match = { 'if-match': 'W/"1"' };
    const patch = async (steps: unknown, headers = match as Record<string, string>) =>
      (await ehr.patch(path, steps, headers)).status;

    expect(await patch(cancel, {})).toBe(412);
    expect(await patch(cancel, { 'if-match': 'W/"9"' })).toBe(409);
    expect(await patch([{ op: 'replace', path: '/participant/0/status', value: 'accepted' }])).toBe(422);
    expect(await patch([{ op: 'replace', path: '/status', value: 'fulfilled' }])).toBe(422);
    expect((await ehr.put(path, visit, match)).status).toBe(405);
    expect(await patch(cancel)).toBe(200);
    expect((await ehr.fhir(path)).body.status).toBe('cancelled');
  });

  it('takes a letter only as one plain text between practitioners', async () => {
    const message = {
      ...letter,
      category: [{ coding: [{ code: 'notification' }] }],
      sender: { reference: 'Practitioner/501' },
      recipient: [{ reference: 'Practitioner/502' }],
      payload: [{ contentAttachment: { contentType: 'text/plain', data: 'aGVsbG8=' } }],
    };
    const sealed = [{ contentAttachment: { contentType: 'application/jose', data: 'aGVsbG8=' } }];
    const create = async (body: object) => (await ehr.post(`${base}/Communication`, body)).status;

    expect(await create(letter)).toBe(422);
    expect(await create({ ...message, payload: sealed })).toBe(422);
    expect(await create({ ...message, recipient: [{ reference: 'Patient/1001' }] })).toBe(422);
    expect(
      await create({ ...message, modifierExtension: [{ url: 'https://a.example', valueCode: 'b' }] }),
    ).toBe(422);
    expect(await create(message)).toBe(201);
    expect((await ehr.fhir(`${base}/Communication?recipient=Practitioner/502`)).status).toBe(400);
  });

  it('answers 406 with nothing at all to who wants XML', async () => {
    const answer = await fetch(`${ehr.url}/${base}/Appointment/20001`, {
      headers: { accept: 'application/xml' },
    });

    expect([answer.status, await answer.text()]).toEqual([406, '']);
  });
});

describe('athena-like', () => {
  beforeEach(() => open('athena-like'));

  it('finds appointments by id alone, polls patients, knows no Communication and writes nothing', async () => {
    const visit = await booked();

    expect((await ehr.fhir(`${base}/Appointment?patient=1001`)).status).toBe(400);
    expect(idsOf(await ehr.fhir(`${base}/Appointment?_id=${visit.id}`))).toEqual([visit.id]);
    expect((await ehr.fhir(`${base}/Patient?_lastUpdated=ge2026-01-01`)).status).toBe(200);
    expect((await ehr.post(`${base}/Communication`, letter)).status).toBe(404);
    expect((await ehr.put(`${base}/Appointment/${visit.id}`, visit)).status).toBe(405);
    const { rest } = (await ehr.fhir(`${base}/metadata`)).body as unknown as CapabilityStatement;
    expect(rest?.[0]?.resource?.map(({ type }) => type)).not.toContain('Communication');
  });

  it('pages by a cursor', async () => {
    const first = await ehr.fhir(`${base}/Patient?_count=25`);

    expect(nextOf(first)).toMatch(/\/Patient\?cursor=/);
    expect(await crawl(ehr, `${base}/Patient?_count=25`)).toHaveLength(60);
  });
});

describe('healthlake-like', () => {
  beforeEach(() => open('healthlake-like'));

  it('finds a change only later, and until then not even the row, unless asked for strong consistency', async () => {
    const visit = await booked();
    const search = (headers: Record<string, string> = {}) =>
      ehr.fhir(`${base}/Appointment?_id=${visit.id}`, { headers });
    await ehr.control('PATCH', `hospitals/st-marys/Appointment/${visit.id}`, { comment: 'moved' });

    expect(idsOf(await search())).toEqual([]);
    expect(idsOf(await search({ 'x-amz-fhir-history-consistency-level': 'strong' }))).toEqual([visit.id]);
    expect((await ehr.fhir(`${base}/Appointment/${visit.id}`)).status).toBe(200);
    await advance('PT21S');
    expect(idsOf(await search())).toEqual([visit.id]);
  });

  it('makes copies, and answers 409 to a key that it knows', async () => {
    const create = async (headers: Record<string, string>) =>
      (await ehr.post(`${base}/Communication`, letter, headers)).status;
    const key = { 'x-amz-fhir-idempotency-key': '7e4b9d6e-0000-4000-8000-000000000001' };

    expect(await create({ 'if-none-exist': 'status=completed' })).toBe(201);
    expect(await create({ 'if-none-exist': 'status=completed' })).toBe(201);
    expect(await create(key)).toBe(201);
    expect(await create(key)).toBe(409);
    expect(await ehr.all('st-marys', 'Communication')).toHaveLength(3);
  });

  it('has 10 rows a page by default and never more than 100', async () => {
    expect(rowsOf(await ehr.fhir(`${base}/Appointment`))).toHaveLength(10);
    expect(rowsOf(await ehr.fhir(`${base}/Appointment?_count=200`))).toHaveLength(100);
  });
});

describe('the choice of a profile', () => {
  it('is usual for each hospital of a data set and can change in the run', async () => {
    ehr = await openTestEhr({ dataset: 'full' });
    const state = () => ehr.control<{ hospitals: { slug: string; profile: string }[] }>('GET', 'state');
    const change = (name: string) => ehr.control('PUT', 'hospitals/island/profile', { name });

    expect((await state()).hospitals.map(({ profile }) => profile)).toEqual([
      'open',
      'epic-like',
      'hapi-like',
    ]);
    expect(await change('athena-like')).toEqual({ name: 'athena-like' });
    expect((await ehr.fhir('island/fhir/Appointment?status=booked')).status).toBe(400);
    expect(await change('paper')).toHaveProperty('error');
  });

  it('is refused for a hospital that is not there', async () => {
    await open('open');
    await expect(openTestEhr({ profiles: { elsewhere: 'open' } })).rejects.toThrow('no hospital "elsewhere"');
  });
});

describe('records that were joined before the run', () => {
  it('tell it by their link where no vendor sends the client on', async () => {
    await open('open', 'full');
    const [survivor = '', source = ''] = await caseOf('merge/simple');
    const { link } = (await ehr.fhir(`${base}/${source}`)).body as unknown as Patient;
    const deleted = (await caseOf('merge/source-deleted')).at(0) as string;

    expect(link).toEqual([{ type: 'replaced-by', other: { reference: survivor } }]);
    expect((await ehr.fhir(`${base}/${deleted}`)).status).toBe(410);
  });
});

describe("a server's clock", () => {
  it.each([
    ['PT10M', 600_000],
    ['-PT10M', -600_000],
  ])('can be off by %s: the Date header and what is written say so', async (skew, ms) => {
    await open('open');
    const { now } = await ehr.control<{ now: string }>('GET', 'state');
    await ehr.control('PUT', 'hospitals/st-marys/clock', { skew });
    const { headers, body } = await ehr.post(`${base}/Communication`, letter);

    for (const told of [headers.get('date'), body.meta.lastUpdated]) {
      expect(Math.abs(Date.parse(told as string) - Date.parse(now) - ms)).toBeLessThan(5000);
    }
    const other = await ehr.fhir('harbour/fhir/metadata');
    expect(Math.abs(Date.parse(other.headers.get('date') as string) - Date.parse(now))).toBeLessThan(5000);
    expect(await ehr.control('PUT', 'hospitals/st-marys/clock', { skew: 'fast' })).toHaveProperty('error');
  });
});

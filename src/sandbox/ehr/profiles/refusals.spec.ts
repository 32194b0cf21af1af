import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import { bundleOf, type FhirAnswer, openTestEhr, rowsOf, type TestEhr } from '../ehr-client.fake.js';
import { type Bare, document, message, observation, refused, restHook, visit } from './bare-requests.fake.js';
import { profiles } from './index.js';
import {
  appointmentParams,
  type Letter,
  letters,
  offered,
  rowOf,
  types,
  type Vendor,
  vendors,
} from './offers.fake.js';
import type { RowName } from './rows.js';

const base = 'st-marys/fhir';

let ehr: TestEhr;
let vendor: Vendor;
let bookedId: string;

const issuesOf = (answer: FhirAnswer): OperationOutcomeIssue[] =>
  answer.body.resourceType === 'Bundle'
    ? (rowsOf(answer, 'outcome') as unknown as OperationOutcome[]).flatMap(({ issue }) => issue)
    : (answer.body as unknown as OperationOutcome).issue;

const quoted = (row: RowName): string => `${row}: ${profiles[vendor].rows[row]}`;

async function send({ ask, body, headers = {} }: Bare): Promise<FhirAnswer> {
  const [method = '', target = ''] = ask.replace('BOOKED', bookedId).split(' ');
  const path = `${ehr.url}/${base}/${target}`;
  if (body instanceof URLSearchParams) return ehr.fhir(path, { method, body });
  if (method === 'GET') return ehr.fhir(path, { headers });
  return (method === 'PATCH' ? ehr.patch : ehr.post)(path, body, headers);
}

function interact(type: string, letter: Letter): Promise<FhirAnswer> {
  const path = `${base}/${type}`;
  const calls: Record<Letter, () => Promise<FhirAnswer>> = {
    r: () => ehr.fhir(`${path}/none`),
    s: () => ehr.fhir(path),
    c: () => ehr.post(path, { resourceType: type }),
    u: () => ehr.put(`${path}/none`, { resourceType: type, id: 'none' }),
    p: () => ehr.patch(`${path}/none`, []),
    d: () => ehr.fhir(`${path}/none`, { method: 'DELETE' }),
  };
  return calls[letter]();
}

describe.each(vendors)('a bare request to %s', (name) => {
  beforeAll(async () => {
    vendor = name;
    ehr = await openTestEhr({ profiles: { 'st-marys': name } });
    const visits = await ehr.all('st-marys', 'Appointment');
    bookedId = visits.find(
      ({ status, start }) => status === 'booked' && String(start).endsWith('+05:30'),
    )!.id;
  });

  afterAll(() => ehr.close());

  const all = types.flatMap((type) =>
    (Object.keys(letters) as Letter[]).map((letter) => [type, letter] as const),
  );
  const absent = all.filter(([type, letter]) => !offered(name, type, letter));
  const present = all.filter(([type, letter]) => offered(name, type, letter));

  it.each(absent.map(([type, letter]) => [letters[letter], type, letter] as const))(
    'to %s %s is refused, with its row',
    async (_what, type, letter) => {
      const answer = await interact(type, letter);
      const row = rowOf(vendor, type, letter);

      expect([404, 405]).toContain(answer.status);
      expect(issuesOf(answer)).toMatchObject([{ severity: 'error', code: 'not-supported' }]);
      // The column of the open profile is Medplum's, which has no cell for what it simply offers.
      if (row && vendor !== 'open') expect(profiles[vendor].rows[row]).toBeDefined();
      if (row && profiles[vendor].rows[row]) expect(issuesOf(answer)[0]?.diagnostics).toContain(quoted(row));
    },
  );

  it.each(present.map(([type, letter]) => [letters[letter], type, letter] as const))(
    'to %s %s is taken',
    async (_what, type, letter) => {
      const answer = await interact(type, letter);
      const codes = answer.status < 300 ? [] : issuesOf(answer).map(({ code }) => code);

      expect(answer.status).not.toBe(405);
      expect(codes).not.toContain('not-supported');
    },
  );

  it.each(refused[name].map((bare, n) => [`${n + 1}: ${bare.ask}`, bare] as const))(
    'is answered as there (%s)',
    async (_ask, bare) => {
      const answer = await send(bare);
      const issue = issuesOf(answer).find(({ diagnostics }) => diagnostics?.includes(quoted(bare.row)));

      expect(profiles[vendor].rows[bare.row]).toBeDefined();
      expect([answer.status, issue?.code]).toEqual([bare.status, bare.code]);
      if (bare.vendorCode) expect(issue?.details?.coding?.[0]?.code).toBe(bare.vendorCode);
    },
  );

  it('answers 406 to who wants XML, where it is silent without a word', async () => {
    const answer = await fetch(`${ehr.url}/${base}/Patient/1001`, {
      headers: { accept: 'application/fhir+xml' },
    });

    expect([answer.status, (await answer.text()) === '']).toEqual([406, vendor === 'oracle-like']);
  });

  const conditional = ['open', 'hapi-like'].includes(name);
  it(`makes ${conditional ? 'one copy' : 'two copies'} of what is created twice with If-None-Exist`, async () => {
    const type = name === 'athena-like' ? 'QuestionnaireResponse' : 'Communication';
    const identifier = [{ system: 'https://carethread.example/summary', value: 'twice' }];
    const body = type === 'Communication' ? message : { resourceType: type, status: 'completed' };
    const condition = { 'if-none-exist': 'identifier=https://carethread.example/summary|twice' };
    for (const _ of [1, 2]) await ehr.post(`${base}/${type}`, { ...body, identifier }, condition);

    const rows = await ehr.all('st-marys', type);
    expect(rows.filter((row) => JSON.stringify(row).includes('"twice"'))).toHaveLength(conditional ? 1 : 2);
  });

  it('knows the parameters of R4 that its statement names, and no others', async () => {
    const { body } = await ehr.fhir(`${base}/metadata`);
    const { rest } = body as unknown as {
      rest: { resource: { type: string; searchParam?: { name: string }[] }[] }[];
    };
    const named = rest[0]?.resource
      .find(({ type }) => type === 'Appointment')
      ?.searchParam?.map((one) => one.name);

    expect(bundleOf(await ehr.fhir(`${base}/Patient?_id=1001`)).type).toBe('searchset');
    expect([...(named ?? [])].sort()).toEqual([...appointmentParams[name]].sort());
  });
});

describe('the same resource', () => {
  it('is taken by who offers it, so that nothing above was refused for its own sake', async () => {
    const oracle = await openTestEhr({ profiles: { 'st-marys': 'oracle-like' } });
    const status = async (body: { resourceType: string }) =>
      (await oracle.post(`${base}/${body.resourceType}`, body)).status;

    expect(await status(message)).toBe(201);
    expect(await status(document)).toBe(201);
    expect(await status(observation)).toBe(201);
    await oracle.close();
    const open = await openTestEhr();
    expect((await open.post(`${base}/Appointment`, visit)).status).toBe(201);
    expect((await open.post(`${base}/Subscription`, restHook)).status).toBe(201);
    await open.close();
  });
});

import { publicId } from '../../../../src/platform/ids/ids.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { rowsOf, setClock } from '../fhir/database.js';
import { BEGIN, organizationOf } from '../fhir/hospital.js';
import { startStandIn, type StandIn } from '../fhir/stand-in.js';

interface Shown {
  id: string;
  reference: string;
  name?: string;
  addresses?: { kind: string; masked: string }[];
}

describe('patients over HTTP', () => {
  let test: TestApp;
  let ehr: StandIn;
  const main = { ehr_connection: 'main' };

  beforeAll(async () => {
    ehr = await startStandIn(BEGIN);
    const organizations = ['st-marys', 'harbour'] as const;
    test = await startApp(
      { organizations: organizations.map((slug) => organizationOf(slug, ehr.url, {})) },
      'web',
    );
    await setClock(test.database, BEGIN);
    const { data } = await get<{ data: Shown[] }>('/v1/ehr-connections');
    await fetch(`${test.url}/v1/ehr-connections/${data[0]!.id}/sync`, { method: 'POST', headers: headers() });
  });
  afterAll(async () => {
    await test.close();
    await ehr.close();
  });

  const headers = (organization = 'st-marys') => ({
    authorization: `Bearer ${test.apiKey}`,
    'x-organization': organization,
  });

  async function get<T>(path: string, organization?: string): Promise<T & { status: number; code: string }> {
    const answer = await fetch(`${test.url}${path}`, { headers: headers(organization) });
    return { ...((await answer.json()) as T & { code: string }), status: answer.status };
  }
  const list = (query: Record<string, string>, organization?: string) =>
    get<{ data: Shown[]; next_cursor: string | null }>(
      `/v1/patients?${new URLSearchParams(query)}`,
      organization,
    );
  const auditOf = async (type: string) =>
    (
      await rowsOf<{ n: number }>(
        test.database,
        `select count(*)::int as n from audit.event where convert_from(body, 'utf8') like '%"${type}"%'`,
      )
    )[0]!.n;

  it('are listed page by page, without names or numbers', async () => {
    const ids: string[] = [];
    let query: Record<string, string> = { limit: '25' };
    for (;;) {
      const { data, next_cursor } = await list(query);
      for (const one of data) expect(Object.keys(one)).not.toContain('name');
      ids.push(...data.map(({ id }) => id));
      if (next_cursor === null) break;
      query = { limit: '25', cursor: next_cursor };
    }
    const [row] = await rowsOf<{ n: number }>(
      test.database,
      'select count(*)::int as n from patients.patient',
    );
    expect([ids.length, new Set(ids).size]).toEqual([row!.n, row!.n]);
    expect(await auditOf('patients.listed')).toBeGreaterThan(1);
  });

  it('are found by their reference in an EHR', async () => {
    const [first] = (await list({ limit: '1' })).data;
    await expect(list({ ...main, reference: first!.reference })).resolves.toMatchObject({ data: [first] });
    await expect(list({ ehr_connection: 'none', reference: first!.reference })).resolves.toMatchObject({
      data: [],
    });
    const bare = await list({ reference: first!.reference });
    expect([bare.status, bare.code]).toEqual([400, 'patients.reference-without-connection']);
  });

  it('show a name and masked addresses one by one, each after an audit event', async () => {
    const shown: Shown[] = [];
    for (const { id } of (await list({ limit: '20' })).data)
      shown.push(await get<Shown>(`/v1/patients/${id}`));
    expect(await auditOf('patient.read')).toBe(shown.length);
    expect(shown.every(({ name }) => typeof name === 'string')).toBe(true);
    const addresses = shown.flatMap((one) => one.addresses!);
    expect(addresses.length).toBeGreaterThan(5);
    for (const { masked } of addresses) expect(masked).toMatch(/^•{5,13}\d\d$/);
  });

  it('are not shown when the audit event cannot be kept', async () => {
    const [first] = (await list({ limit: '1' })).data;
    await rowsOf(test.database, 'revoke insert on audit.event from carethread_runtime');
    const refused = await get<Shown>(`/v1/patients/${first!.id}`);
    await rowsOf(test.database, 'grant insert on audit.event to carethread_runtime');
    expect(refused.status).toBe(500);
    expect(refused.name).toBeUndefined();
  });

  it('of another hospital do not exist', async () => {
    const [first] = (await list({ limit: '1' })).data;
    expect((await get(`/v1/patients/${first!.id}`, 'harbour')).status).toBe(404);
    expect((await list({}, 'harbour')).data).toEqual([]);
    expect(
      (await get(`/v1/patients/${publicId('pat', '00000000-0000-7000-8000-000000000001')}`)).status,
    ).toBe(404);
    expect((await get('/v1/patients/pat_x')).status).toBe(404);
  });
});

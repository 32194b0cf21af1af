import { bundleOf, crawl, openTestEhr, rowsOf, type TestEhr } from '../ehr-client.fake.js';
import type { CapabilityStatement } from 'fhir/r4.js';

let ehr: TestEhr;

beforeEach(async () => {
  ehr = await openTestEhr();
});

afterEach(() => ehr.close());

const metadata = async (slug: string) =>
  (await ehr.fhir(`${slug}/fhir/metadata`)).body as unknown as CapabilityStatement;
const typeOf = ({ rest }: CapabilityStatement, name: string) => {
  const found = rest?.[0]?.resource?.find(({ type }) => type === name);
  return {
    interactions: found?.interaction?.map(({ code }) => code),
    params: found?.searchParam?.map(({ name: param }) => param),
    conditionalCreate: found?.conditionalCreate,
    updateCreate: found?.updateCreate,
  };
};
const letter = {
  resourceType: 'Communication',
  status: 'completed',
  identifier: [{ system: 'https://carethread.example/summary', value: 'a' }],
};
const ifNone = { 'if-none-exist': 'identifier=https://carethread.example/summary|a' };

describe('the open hospital', () => {
  it('says that it does everything', async () => {
    const statement = await metadata('st-marys');

    expect(statement.fhirVersion).toBe('4.0.1');
    expect(statement.patchFormat).toEqual(['application/json-patch+json']);
    expect(typeOf(statement, 'Appointment')).toMatchObject({
      interactions: ['read', 'search-type', 'create', 'update', 'patch', 'delete'],
      conditionalCreate: true,
      updateCreate: false,
    });
    expect(typeOf(statement, 'Appointment').params).toEqual(
      expect.arrayContaining([
        '_id',
        '_lastUpdated',
        'date',
        'identifier',
        'location',
        'patient',
        'practitioner',
        'status',
      ]),
    );
  });
});

describe('the narrow hospital', () => {
  it('says how little it does', async () => {
    const statement = await metadata('harbour');

    expect(statement.patchFormat).toBeUndefined();
    expect(typeOf(statement, 'Appointment').interactions).toEqual(['read', 'search-type']);
    expect(typeOf(statement, 'Patient').interactions).toEqual(['read', 'search-type']);
    expect(typeOf(statement, 'Appointment').params).not.toContain('_lastUpdated');
    expect(typeOf(statement, 'Patient').params).not.toContain('_lastUpdated');
    expect(typeOf(statement, 'Communication')).toMatchObject({
      interactions: ['read', 'search-type', 'create'],
      conditionalCreate: false,
    });
  });

  it.each(['Appointment', 'Patient'])('refuses _lastUpdated on %s', async (type) => {
    const answer = await ehr.fhir(`harbour/fhir/${type}?_lastUpdated=ge2026-01-01`);

    expect([answer.status, answer.body.resourceType]).toEqual([400, 'OperationOutcome']);
  });

  it('drops an unknown parameter with a warning and answers all rows', async () => {
    const answer = await ehr.fhir('harbour/fhir/Appointment?colour=blue');

    expect(rowsOf(answer, 'outcome')).toMatchObject([
      { issue: [{ severity: 'warning', code: 'not-supported' }] },
    ]);
    expect(bundleOf(answer).total).toBe(200);
  });

  it('refuses every write of an appointment', async () => {
    const visit = (await ehr.all('harbour', 'Appointment'))[0]!;
    const path = `harbour/fhir/Appointment/${visit.id}`;

    expect((await ehr.post('harbour/fhir/Appointment', visit)).status).toBe(405);
    expect((await ehr.put(path, visit)).status).toBe(405);
    expect((await ehr.patch(path, [])).status).toBe(405);
    expect((await ehr.fhir(path, { method: 'DELETE' })).status).toBe(405);
    expect((await ehr.put('harbour/fhir/Communication/a', letter)).status).toBe(405);
  });

  it('makes a second copy in spite of If-None-Exist', async () => {
    await ehr.post('harbour/fhir/Communication', letter, ifNone);
    await ehr.post('harbour/fhir/Communication', letter, ifNone);

    const query = `identifier=${encodeURIComponent('https://carethread.example/summary|a')}`;
    expect(await crawl(ehr, `harbour/fhir/Communication?${query}`)).toHaveLength(2);
  });

  it('is a server of its own: nothing of one hospital shows at the other', async () => {
    await ehr.post('st-marys/fhir/Communication', letter);

    expect(await ehr.all('harbour', 'Communication')).toEqual([]);
    expect((await ehr.fhir('elsewhere/fhir/metadata')).status).toBe(404);
  });
});

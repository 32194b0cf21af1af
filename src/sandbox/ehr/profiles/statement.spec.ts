import type { CapabilityStatement, CapabilityStatementRestResource, OperationOutcome } from 'fhir/r4.js';
import { type FhirAnswer, openTestEhr, rowsOf, type TestEhr } from '../ehr-client.fake.js';
import { isResourceType, type ResourceType, resourceTypes } from '../resource.js';
import { includable, searchParameters } from '../search/parameters.js';
import { type ProfileName, profiles } from './index.js';

const names = Object.keys(profiles) as ProfileName[];
const base = 'st-marys/fhir';

let ehr: TestEhr;
let statement: CapabilityStatement;

/** Whether the server took the request for one that it offers, whatever it then found. */
function taken(answer: FhirAnswer): boolean {
  const outcomes = answer.body.resourceType === 'Bundle' ? rowsOf(answer, 'outcome') : [answer.body];
  return !(outcomes as unknown as OperationOutcome[])
    .flatMap(({ issue }) => issue ?? [])
    .some(({ code }) => code === 'not-supported');
}

const said = (type: string): CapabilityStatementRestResource | undefined =>
  statement.rest?.[0]?.resource?.find((one) => one.type === type);

const calls: Record<string, (path: string, type: string) => Promise<FhirAnswer>> = {
  read: (path) => ehr.fhir(`${path}/none`),
  'search-type': (path) => ehr.fhir(`${path}?_id=none`),
  create: (path, resourceType) => ehr.post(path, { resourceType }),
  update: (path, resourceType) => ehr.put(`${path}/none`, { resourceType, id: 'none' }),
  patch: (path) => ehr.patch(`${path}/none`, []),
  delete: (path) => ehr.fhir(`${path}/none`, { method: 'DELETE' }),
};

/** The parameter with whatever this vendor wants beside it, so that only the parameter itself can be refused. */
function queryWith(type: ResourceType, name: string): string {
  const value = { token: 'a', reference: 'Patient/1', date: 'ge2026-01-01' }[
    searchParameters[type][name]!.type
  ];
  const param = `${name}=${value}`;
  return name === '_id' || !profiles[current].types[type].searchParams.includes('_id')
    ? param
    : `_id=a&${param}`;
}

let current: ProfileName;

describe.each(names)('the statement of %s', (name) => {
  beforeAll(async () => {
    current = name;
    ehr = await openTestEhr({ profiles: { 'st-marys': name } });
    statement = (await ehr.fhir(`${base}/metadata`)).body as unknown as CapabilityStatement;
  });

  afterAll(() => ehr.close());

  it('names only types that the server has', () => {
    expect((statement.rest?.[0]?.resource ?? []).every(({ type }) => isResourceType(type))).toBe(true);
    expect(statement.rest?.[0]?.resource?.length).toBeGreaterThan(10);
  });

  it.each(resourceTypes)('says of %s what may be done with it', async (type) => {
    for (const [interaction, call] of Object.entries(calls)) {
      const told = said(type)?.interaction?.some(({ code }) => code === interaction) ?? false;
      expect([interaction, taken(await call(`${base}/${type}`, type))]).toEqual([interaction, told]);
    }
  });

  it.each(resourceTypes)('says of %s by what it is searched', async (type) => {
    if (!said(type)?.interaction?.some(({ code }) => code === 'search-type')) return;
    const told = said(type)?.searchParam?.map((one) => one.name) ?? [];
    for (const param of [...Object.keys(searchParameters[type]), 'colour']) {
      const query = param === 'colour' ? '_id=a&colour=blue' : queryWith(type, param);
      const answer = await ehr.fhir(`${base}/${type}?${query}`);
      expect([param, taken(answer)]).toEqual([param, told.includes(param)]);
    }
  });

  it.each(Object.keys(includable) as ResourceType[])('says of %s what may be included', async (type) => {
    if (!said(type)?.interaction?.some(({ code }) => code === 'search-type')) return;
    const told = said(type)?.searchInclude ?? [];
    for (const param of includable[type] ?? []) {
      const include = `${type}:${param}`;
      const answer = await ehr.fhir(`${base}/${type}?_id=a&_include=${include}`);
      expect([include, taken(answer)]).toEqual([include, told.includes(include) || told.includes('*')]);
    }
  });

  it('names the operations, and whether a create may be conditional', async () => {
    for (const code of ['find', 'hold', 'book']) {
      const told = said('Appointment')?.operation?.some((one) => one.name === code) ?? false;
      const answer = await ehr.post(`${base}/Appointment/$${code}`, { resourceType: 'Parameters' });
      expect([code, taken(answer)]).toEqual([code, told]);
    }
    const create = async () => {
      const body = { resourceType: 'Communication', status: 'completed' };
      return (await ehr.post(`${base}/Communication`, body, { 'if-none-exist': 'colour=blue' })).status;
    };
    // Only who reads the condition can find it wrong.
    expect((await create()) === 400).toBe(said('Communication')?.conditionalCreate ?? false);
  });
});

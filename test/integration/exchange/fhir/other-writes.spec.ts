import type { CapabilityStatement, FhirResource } from 'fhir/r4.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import type { WrittenResource } from '../../../../src/exchange/fhir/domain/writes.js';
import { samplesFor } from '../../../support/written-samples.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { bundle, type OddEhr, outcome, startOddEhr } from './odd-ehr.js';

const TYPES = ['DocumentReference', 'Observation', 'QuestionnaireResponse', 'Provenance'] as const;

describe.each(TYPES)('a %s', (type) => {
  let ehr: OddEhr;
  let hospital: Hospital;
  let kept: FhirResource[];
  /** How many creates are carried out without an answer. */
  let lost: number;
  let offered: readonly string[];

  beforeAll(async () => {
    ehr = await startOddEhr(BEGIN);
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl });
  });
  beforeEach(async () => {
    kept = [];
    lost = 0;
    offered = TYPES;
    await setClock(hospital.platform.database, BEGIN);
    await hospital.rows('update fhir.connection set capabilities = null');
    ehr.answer(({ method, path, body, query }) => {
      if (path === 'metadata') return { body: able(offered) };
      if (method === 'POST') return create(body as FhirResource);
      const [, id] = path.split('/');
      if (id === undefined) return search(query);
      const found = kept.find((one) => one.id === id);
      return found ? { body: found } : { status: 404, body: outcome('not-found', 'error') };
    });
  });
  afterAll(async () => {
    await hospital.close();
    await ehr.close();
  });

  function create(resource: FhirResource) {
    const copy = { ...resource, id: `r${kept.length + 1}` } as FhirResource;
    kept.push(copy);
    return lost-- > 0 ? { status: 500, body: outcome('exception', 'error') } : { status: 201, body: copy };
  }

  /** Takes an identifier only beside a patient, as Epic does. */
  function search(query: URLSearchParams) {
    const able = query.has('patient') || query.has('target');
    return able ? { body: bundle(kept) } : { status: 400, body: outcome('not-supported', 'error') };
  }

  const aWrite = () => {
    const identifier = { system: 'urn:carethread:test', value: newId() };
    const resource = samplesFor(identifier).find((one) => one.resourceType === type)!;
    return { connectionId: hospital.connectionId, identifier, resource: resource as WrittenResource };
  };
  const write = (one: ReturnType<typeof aWrite>) => hospital.fhir.writeResource(hospital.ctx, one);

  it('is there once, however often it is written', async () => {
    const one = aWrite();
    await expect(write(one)).resolves.toMatchObject({ fhirId: 'r1', how: 'created' });
    await expect(write(one)).resolves.toMatchObject({ fhirId: 'r1', how: 'existing' });
    expect(kept).toHaveLength(1);
  });

  it('whose answer is lost is found, not sent again, and is not taken for another', async () => {
    await write(aWrite());
    const one = aWrite();
    lost = 1;
    await expect(write(one)).resolves.toMatchObject({ fhirId: 'r2' });
    expect(kept).toHaveLength(2);
  });

  it('is told from what the EHR does not offer', async () => {
    offered = TYPES.filter((other) => other !== type);
    await expect(write(aWrite())).rejects.toMatchObject({ code: 'fhir.unsupported', retryable: false });
    expect(kept).toEqual([]);
  });
});

function able(types: readonly string[]): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        resource: types.map((type) => ({
          type: type as 'Observation',
          interaction: [{ code: 'read' }, { code: 'create' }, { code: 'search-type' }],
        })),
      },
    ],
  };
}

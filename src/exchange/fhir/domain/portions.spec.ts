import type { Appointment, FhirResource } from 'fhir/r4.js';
import { sortRows } from './incoming.js';
import { portionsOf } from './portions.js';

const BASES = 'http://ehr.example/fhir';

function groupVisit(id: string, patients: string[]): Appointment {
  return {
    resourceType: 'Appointment',
    id,
    status: 'booked',
    start: '2026-11-30T09:00:00Z',
    participant: [...patients.map((patient) => `Patient/${patient}`), 'Practitioner/d'].map((reference) => ({
      actor: { reference },
      status: 'accepted',
    })),
  };
}

function patientsOf(visit: number): string[] {
  return Array.from({ length: 10 }, (_, n) => `p${visit}-${n}`);
}

/** 30 group visits, the 300 patients and the one practitioner in them, and a patient in none. */
function page(): FhirResource[] {
  const visits = Array.from({ length: 30 }, (_, n) => groupVisit(`v${n}`, patientsOf(n)));
  const patients = [...visits.flatMap((_, n) => patientsOf(n)), 'alone'];
  return [
    ...visits,
    ...patients.map((id): FhirResource => ({ resourceType: 'Patient', id })),
    { resourceType: 'Practitioner', id: 'd' },
    { ...groupVisit('bad', ['x']), status: 'perhaps' as Appointment['status'] },
  ];
}

describe('the rows of a page that names thousands', () => {
  it('come in portions, each visit with all who take part in it and came along', () => {
    const portions = portionsOf(sortRows(page(), BASES), 50);
    expect(portions.length).toBeGreaterThan(5);
    for (const { rows } of portions) {
      const keys = new Set(rows.map(({ key }) => key));
      expect(rows.length).toBeLessThanOrEqual(50 + 12);
      for (const { actors } of rows)
        for (const { type, id } of actors) expect(keys).toContain(`${type}/${id}`);
    }
  });

  it('are all there, the bad ones once', () => {
    const found = sortRows(page(), BASES);
    const portions = portionsOf(found, 50);
    expect(new Set(portions.flatMap(({ rows }) => rows))).toEqual(new Set(found.rows));
    expect(portions.flatMap(({ bad }) => bad)).toEqual(found.bad);
  });

  it('stay together while they are few', () => {
    const found = sortRows(page(), BASES);
    expect(portionsOf(found, 200)).toEqual([found]);
  });
});

import type { Appointment, FhirResource } from 'fhir/r4.js';
import { answers, namesPlace } from './row-filter.js';

const BASE = 'https://ehr.example/fhir';
const visit: Appointment = {
  resourceType: 'Appointment',
  id: 'a',
  status: 'booked',
  start: '2026-11-26T09:00:00+05:30',
  participant: [
    { actor: { reference: 'Patient/1' }, status: 'accepted' },
    { actor: { reference: `${BASE}/Location/7` }, status: 'accepted' },
  ],
};

describe('a row of a filtered search', () => {
  it.each([
    ['', true],
    ['Patient/1', true],
    ['Location/7', true],
    ['Location/1', false],
    ['Practitioner/1', false],
  ])('case 13: counts only when it names the place that was asked for: %s %s', (place, counts) => {
    expect(namesPlace(visit, place, BASE)).toBe(counts);
  });

  it('that is spoilt is left to the check of rows', () => {
    const odd = [
      { ...visit, participant: undefined },
      { ...visit, participant: [null] },
    ] as unknown as FhirResource[];
    expect(odd.map((row) => namesPlace(row, 'Location/7', BASE))).toEqual([true, false]);
    const patient: FhirResource = { resourceType: 'Patient', id: '1' };
    expect(namesPlace(patient, 'Location/7', BASE)).toBe(true);
  });

  it.each([
    [{ status: 'booked,pending' }, true],
    [{ status: 'cancelled' }, false],
    [{ patient: 'Patient/1' }, true],
    [{ patient: '1' }, true],
    [{ patient: 'Patient/2' }, false],
    [{ _id: 'a,b' }, true],
    [{ _id: 'b' }, false],
    [{ date: 'ge2026-11-26T00:00:00Z' }, true],
    [{ date: 'lt2026-11-26T00:00:00Z' }, false],
    [{ date: '2026-11-25' }, true],
  ] as [Record<string, string>, boolean][])('case 13: %j is looked at again here: %s', (params, counts) => {
    expect(answers(visit, params, BASE)).toBe(counts);
  });

  it('of another type goes by its own patient', () => {
    const note = {
      resourceType: 'Communication',
      id: 'c',
      subject: { reference: 'Patient/2' },
    } as FhirResource;
    expect(answers(note, { patient: 'Patient/1' }, BASE)).toBe(false);
    expect(answers(note, { patient: 'Patient/2' }, BASE)).toBe(true);
  });
});

import type { Appointment, Location } from 'fhir/r4.js';
import fc from 'fast-check';
import { locationName, locationZone, readAppointment } from './visit.fhir-mapper.js';

const ROW: Appointment = {
  resourceType: 'Appointment',
  id: '1',
  status: 'booked',
  start: '2026-12-01T09:00:00+05:30',
  end: '2026-12-01T09:30:00+05:30',
  participant: [
    { actor: { reference: 'Location/7' }, status: 'accepted' },
    { actor: { reference: 'Patient/1/_history/3' }, status: 'tentative' },
    { actor: { reference: 'Practitioner/5' }, status: 'accepted' },
    { actor: { reference: 'Patient/2' }, status: 'accepted' },
  ],
};
const zone = (url: string, valueCode: string) => ({ extension: [{ url, valueCode }] });

describe('an Appointment of the EHR', () => {
  it('is read into times, place, practitioner and one part per patient', () => {
    expect(readAppointment(ROW)).toEqual({
      status: 'booked',
      start: new Date('2026-12-01T03:30:00Z'),
      end: new Date('2026-12-01T04:00:00Z'),
      timeZone: null,
      zoneUnknown: false,
      mode: 'in-person',
      place: 'Location/7',
      practitioner: 'Practitioner/5',
      ways: [],
      patients: [
        { patientReference: 'Patient/1', participantStatus: 'tentative' },
        { patientReference: 'Patient/2', participantStatus: 'accepted' },
      ],
    });
  });

  it.each([
    ['http://hl7.org/fhir/StructureDefinition/tz-code', 'Asia/Kolkata', 'Asia/Kolkata'],
    ['http://hl7.org/fhir/StructureDefinition/timezone', 'Asia/Kolkata', 'Asia/Kolkata'],
    ['http://hl7.org/fhir/StructureDefinition/timezone', 'Mars/Olympus', null],
    ['http://example.org/other', 'Asia/Kolkata', null],
  ])('has the zone that stands on its start: %s %s', (url, code, expected) => {
    expect(readAppointment({ ...ROW, _start: zone(url, code) }).timeZone).toBe(expected);
  });

  it('names what leads to a place: services and roles, and a slot only where nothing else can', () => {
    const slot = [{ reference: 'Slot/9' }];
    const [place, patient] = [ROW.participant[0]!, ROW.participant[1]!];
    const role = { actor: { reference: 'PractitionerRole/4' }, status: 'accepted' as const };
    expect(readAppointment({ ...ROW, slot, participant: [patient, role] }).ways).toEqual([
      'PractitionerRole/4',
    ]);
    expect(readAppointment({ ...ROW, slot, participant: [patient] }).ways).toEqual(['Slot/9']);
    expect(readAppointment({ ...ROW, slot, participant: [patient, place] }).ways).toEqual([]);
  });

  it.each([
    'https://other.example/fhir/Patient/1',
    '#p1',
    'urn:uuid:1',
    'Patient/..%2f',
    'Patient/1/extra',
    5,
    null,
  ])('has no patient by the reference %j', (reference) => {
    const participant = [{ actor: { reference: reference as string }, status: 'accepted' as const }];
    expect(readAppointment({ ...ROW, participant }).patients).toEqual([]);
  });

  it('never throws, whatever stands in it', () => {
    const odd = fc.oneof(
      fc.anything(),
      fc.array(fc.anything()),
      fc.constant([null]),
      fc.constant([{ actor: 5 }]),
    );
    const row = fc.record({
      participant: odd,
      extension: odd,
      _start: odd,
      start: odd,
      end: odd,
      status: fc.string(),
    });
    fc.assert(fc.property(row, (resource) => void readAppointment(resource as unknown as Appointment)));
    const named = fc.record({ name: odd, extension: odd });
    fc.assert(
      fc.property(named, (resource) => {
        locationName(resource as unknown as Location);
        locationZone(resource as unknown as Location);
      }),
    );
  });
});

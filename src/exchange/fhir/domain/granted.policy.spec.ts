import type { Facts } from './capabilities.js';
import { mayRead, withinGrant } from './granted.policy.js';

const FOUND: Facts = {
  fhirVersion: '4.0.1',
  syncStrategy: 'last-updated',
  scanBy: 'date',
  patientLastUpdated: true,
  includes: ['Appointment:patient', 'Appointment:practitioner'],
  appointmentWrite: 'L3',
  appointmentWriteBy: 'patch',
  reschedule: 'update',
  booking: 'slot',
  conditionalCreate: true,
  idempotencyHeader: null,
  communicationCreate: true,
  communicationSearch: 'identifier',
  communicationChange: 'update',
  summaryCarrier: 'B',
  creates: ['Observation'],
  reads: ['Appointment', 'Communication', 'Patient', 'Practitioner', 'Slot'],
  postSearch: false,
};

const ALL = [
  'Appointment.crus',
  'Communication.crus',
  'Patient.rs',
  'Practitioner.rs',
  'Slot.rs',
  'Observation.c',
];
const within = (...scopes: string[]): Facts => {
  const granted = scopes.map((scope) => `system/${scope}`);
  return withinGrant(FOUND, { asked: granted, granted });
};
/** All but the scopes of one type, which are these. */
const with_ = (type: string, letters: string): Facts =>
  within(...ALL.filter((scope) => !scope.startsWith(type)), ...(letters ? [`${type}.${letters}`] : []));

describe('what an EHR can do within a grant', () => {
  it('is all that it can do where everything was granted, or where nothing is granted by scopes', () => {
    const { scopes: _scopes, ...rest } = within(...ALL);
    expect(rest).toEqual(FOUND);
    expect(withinGrant(FOUND, null)).toBe(FOUND);
  });

  it.each([
    [
      'no change of appointments: the desk does it',
      with_('Appointment', 'crs'),
      { appointmentWrite: 'L0', appointmentWriteBy: 'none', reschedule: 'none', booking: 'slot' },
    ],
    [
      'no new appointments: nothing is booked',
      with_('Appointment', 'rus'),
      { appointmentWrite: 'L2', booking: 'none' },
    ],
    ['no slots: nothing is booked', with_('Slot', ''), { appointmentWrite: 'L2', booking: 'none' }],
    [
      'no search of appointments: they are read by id',
      with_('Appointment', 'cru'),
      { syncStrategy: 'notify-then-read', scanBy: 'known' },
    ],
    [
      'no search of patients: they are read by id',
      with_('Patient', 'r'),
      { patientLastUpdated: false, syncStrategy: 'last-updated' },
    ],
    ['no practitioners: none comes along', with_('Practitioner', ''), { includes: ['Appointment:patient'] }],
    [
      'no new Communications: no carrier',
      with_('Communication', 'rus'),
      { communicationCreate: false, summaryCarrier: 'F' },
    ],
    [
      'none that can be read back: no carrier',
      with_('Communication', 'cus'),
      { communicationCreate: false, summaryCarrier: 'F' },
    ],
    [
      'no search of Communications',
      with_('Communication', 'cru'),
      { communicationSearch: 'none', summaryCarrier: 'B' },
    ],
    [
      'no change of Communications',
      with_('Communication', 'crs'),
      { communicationChange: 'none', summaryCarrier: 'B' },
    ],
  ])('%s', (_, lowered, expected) => {
    expect(lowered).toMatchObject(expected);
  });

  it('says what was asked for and what was granted, in one order', () => {
    const scopes = { asked: ['system/Patient.rs', 'system/Appointment.rs'], granted: ['system/Patient.rs'] };
    expect(withinGrant(FOUND, scopes)).toMatchObject({
      reads: ['Patient'],
      creates: [],
      scopes: { asked: ['system/Appointment.rs', 'system/Patient.rs'], granted: ['system/Patient.rs'] },
    });
  });

  it('decides what is worth a request', () => {
    const known = withinGrant(FOUND, { asked: [], granted: ['system/Patient.r'] });
    expect(['Patient', 'Location'].map((type) => mayRead(known, type))).toEqual([true, false]);
    expect(mayRead(FOUND, 'Location')).toBe(true);
    expect(mayRead(null, 'Location')).toBe(true);
  });
});

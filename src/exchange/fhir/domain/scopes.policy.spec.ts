import { needsOf, permits, scopesFor } from './scopes.policy.js';

const AUTO = { appointmentWrite: 'auto', summaryCarrier: 'auto', subscription: 'none' } as const;
const CORE = ['Appointment', 'Patient', 'Practitioner', 'Location', 'Communication'];

describe('the scopes that a connection asks for', () => {
  it('are those of what it uses, where the EHR does not say which it knows', () => {
    expect(scopesFor(needsOf(AUTO), 'v2', [])).toEqual([
      'system/Appointment.crus',
      'system/Patient.rs',
      'system/Practitioner.rs',
      'system/Location.rs',
      'system/Communication.crus',
    ]);
    expect(scopesFor(needsOf(AUTO), 'v1', [])).toEqual(
      CORE.flatMap((type) =>
        ['Appointment', 'Communication'].includes(type)
          ? [`system/${type}.read`, `system/${type}.write`]
          : [`system/${type}.read`],
      ),
    );
  });

  it.each([
    ['L0', 'system/Appointment.rs'],
    ['L1', 'system/Appointment.rus'],
    ['L2', 'system/Appointment.rus'],
    ['L3', 'system/Appointment.crus'],
  ] as const)('at level %s hold %s', (appointmentWrite, scope) => {
    expect(scopesFor(needsOf({ ...AUTO, appointmentWrite }), 'v2', [])).toContain(scope);
  });

  it('hold no Communication where no summary travels', () => {
    const scopes = scopesFor(needsOf({ ...AUTO, summaryCarrier: 'F' }), 'v2', []);
    expect(scopes.join(' ')).not.toContain('Communication');
  });

  it('hold Subscription where one is to be made', () => {
    const scopes = scopesFor(needsOf({ ...AUTO, subscription: 'rest-hook' }), 'v2', []);
    expect(scopes).toContain('system/Subscription.crus');
    expect(scopesFor(needsOf(AUTO), 'v2', ['system/*.cruds']).join(' ')).not.toContain('Subscription');
  });

  it.each([
    ['auto', 'system/Slot.rus'],
    ['L2', 'system/Slot.rs'],
  ] as const)('at level %s hold %s where the EHR has slots', (appointmentWrite, scope) => {
    expect(scopesFor(needsOf({ ...AUTO, appointmentWrite }), 'v2', ['system/*.cruds'])).toContain(scope);
  });

  it('are no more than what the EHR says that it knows, and then more types', () => {
    const supported = [
      'openid',
      'system/Appointment.read',
      'system/Patient.rs',
      'system/Slot.rs',
      'patient/Consent.rs',
    ];
    expect(scopesFor(needsOf(AUTO), 'v2', supported)).toEqual([
      'system/Appointment.rs',
      'system/Patient.rs',
      'system/Slot.rs',
    ]);
    expect(scopesFor(needsOf(AUTO), 'v1', ['system/*.read'])).toHaveLength(17);
  });
});

describe('what a scope lets us do', () => {
  it.each([
    ['system/Appointment.rs', 'Appointment', 'rs', 'cud'],
    ['system/Appointment.read', 'Appointment', 'rs', 'cud'],
    ['system/Appointment.write', 'Appointment', 'cud', 'rs'],
    ['system/Appointment.*', 'Appointment', 'cruds', ''],
    ['system/*.*', 'Patient', 'cruds', ''],
    ['system/*.r', 'Patient', 'r', 'cuds'],
    ['system/Appointment.cruds?status=booked', 'Appointment', 'rs', 'cud'],
    ['system/AppointmentResponse.cruds', 'Appointment', '', 'cruds'],
    ['user/Appointment.cruds', 'Appointment', '', 'cruds'],
    ['launch', 'Appointment', '', 'cruds'],
  ])('%s: with %s %j and not %j', (scope, type, can, cannot) => {
    for (const letter of can) expect([letter, permits([scope], type, letter)]).toEqual([letter, true]);
    for (const letter of cannot) expect([letter, permits([scope], type, letter)]).toEqual([letter, false]);
  });
});

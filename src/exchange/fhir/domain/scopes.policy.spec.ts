import { needsOf, permits, scopesFor } from './scopes.policy.js';

const AUTO = {
  profile: 'auto',
  appointmentWrite: 'auto',
  summaryCarrier: 'auto',
  subscription: 'none',
} as const;
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

  it.each([
    ['epic', ['system/Appointment.rs', 'system/Communication.crs']],
    ['oracle', ['system/Appointment.crus', 'system/Communication.crs']],
    ['athena', ['system/Appointment.rs']],
    ['healthlake', ['system/Appointment.crus', 'system/Communication.crus']],
  ] as const)('of %s hold nothing that it is known not to take', (profile, scopes) => {
    const asked = scopesFor(needsOf({ ...AUTO, profile }), 'v2', []);
    expect(asked.filter((scope) => /Appointment|Communication/.test(scope))).toEqual(scopes);
    const known = scopesFor(needsOf({ ...AUTO, profile }), 'v2', ['system/*.cruds']).join(' ');
    expect(known.includes('Provenance')).toBe(profile !== 'athena');
  });

  it('are those that the hospital wishes, whatever is known of the vendor', () => {
    const wish = { ...AUTO, profile: 'athena', appointmentWrite: 'L1', summaryCarrier: 'B' } as const;
    expect(scopesFor(needsOf(wish), 'v2', [])).toEqual(
      expect.arrayContaining(['system/Appointment.rus', 'system/Communication.crus']),
    );
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

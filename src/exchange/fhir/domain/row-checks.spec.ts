import fc from 'fast-check';
import type { Appointment } from 'fhir/r4.js';
import { actorsOf, checkRow } from './row-checks.js';

const BASE = 'https://ehr.example/fhir';
const VISIT: Appointment = {
  resourceType: 'Appointment',
  id: '1',
  status: 'booked',
  start: '2026-12-10T09:00:00+05:30',
  end: '2026-12-10T09:20:00+05:30',
  participant: [{ actor: { reference: 'Patient/7' }, status: 'needs-action' }],
};

const check = (change: object) => checkRow('Appointment', { ...VISIT, ...change } as Appointment, BASE);

describe('an appointment of the EHR', () => {
  it('that is in order is valid', () => {
    expect(check({})).toEqual({ state: 'valid' });
    expect(check({ end: undefined })).toEqual({ state: 'valid' });
    expect(check({ start: '2026-12-10T03:30:00.123Z' })).toEqual({ state: 'valid' });
  });

  it.each([
    ['no-start', { start: undefined, end: undefined }],
    ['bad-start', { start: '2026-12-10' }],
    ['bad-start', { start: '2026-02-30T09:00:00Z' }],
    ['bad-start', { start: 12 }],
    ['start-without-offset', { start: '2026-12-10T09:00:00' }],
    ['bad-end', { end: 'later' }],
    ['end-without-offset', { end: '2026-12-10T09:20:00' }],
    ['end-before-start', { end: '2026-12-10T08:59:59+05:30' }],
    ['unknown-status', { status: 'rescheduled' }],
    ['unknown-status', { status: null }],
    ['no-participant', { participant: undefined }],
    ['no-patient', { participant: [] }],
    ['no-patient', { participant: [{ actor: { reference: 'Practitioner/7' } }] }],
    ['no-patient', { participant: [{ actor: { identifier: { value: 'x' } } }] }],
    ['no-patient', { participant: [{ actor: { reference: 'https://other.example/fhir/Patient/7' } }] }],
    ['malformed', { participant: [null] }],
    ['malformed', { participant: 'nobody' }],
    ['malformed', { participant: [{ actor: 3 }] }],
  ])('is put aside as %s', (reason, change) => {
    expect(check(change)).toEqual({ state: 'invalid', reason });
  });

  it.each(['proposed', 'cancelled', 'waitlist', 'entered-in-error'])(
    'that is %s may lack a start',
    (status) => {
      expect(check({ status, start: undefined, end: undefined })).toEqual({ state: 'ignored' });
    },
  );

  it('names who takes part by relative and absolute references', () => {
    const participant = [
      { actor: { reference: 'Patient/7' } },
      { actor: { reference: `${BASE}/Patient/8` } },
      { actor: { reference: 'Location/1' } },
    ];
    expect(actorsOf({ ...VISIT, participant } as Appointment, BASE)).toEqual([
      { type: 'Patient', id: '7' },
      { type: 'Patient', id: '8' },
      { type: 'Location', id: '1' },
    ]);
  });

  it.each([
    { name: [null] },
    { name: 'Asha' },
    { telecom: {} },
    { communication: [{ language: 'en' }] },
    { communication: [{ language: { coding: 'en' } }] },
  ])('with a patient of another shape than R4 has: that one is put aside', (change) => {
    const patient = { resourceType: 'Patient', id: '1', ...change };
    expect(checkRow('Patient', patient as never, BASE)).toEqual({ state: 'invalid', reason: 'malformed' });
  });

  it('never throws, whatever the EHR holds', () => {
    const anything = fc.record(
      {
        status: fc.oneof(fc.constant('booked'), fc.jsonValue()),
        start: fc.oneof(fc.constant(VISIT.start), fc.jsonValue()),
        end: fc.jsonValue(),
        participant: fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.oneof(
              fc.jsonValue(),
              fc.record({ actor: fc.oneof(fc.jsonValue(), fc.record({ reference: fc.jsonValue() })) }),
            ),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, (row) => {
        const result = checkRow(
          'Appointment',
          { resourceType: 'Appointment', id: '1', ...row } as never,
          BASE,
        );
        expect(['valid', 'ignored', 'invalid']).toContain(result.state);
      }),
    );
  });
});

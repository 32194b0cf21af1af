import type { Appointment } from 'fhir/r4.js';
import { isDone, patchFor, standingOf, updateFor } from './appointment-change.js';
import type { AppointmentWrite } from './writes.js';

const BASE = 'https://ehr.example/fhir';
const CONFIRM = { participantStatus: 'accepted', patient: 'Patient/7' } as const;
const CANCEL = { status: 'cancelled', reason: 'pat' } as const;

const visit = (change: Partial<Appointment> = {}): Appointment => ({
  resourceType: 'Appointment',
  id: '1',
  status: 'booked',
  start: '2026-12-10T09:00:00+05:30',
  participant: [
    { actor: { reference: 'Practitioner/2' }, status: 'accepted' },
    { actor: { reference: `${BASE}/Patient/7` }, status: 'needs-action' },
  ],
  comment: 'kept',
  ...change,
});

const write = (change: AppointmentWrite['change'], start?: string): AppointmentWrite => ({
  connectionId: 'c',
  fhirId: '1',
  change,
  ...(start && { expect: { start } }),
});

describe('a change of a visit', () => {
  it('is possible while the visit is open', () => {
    expect(standingOf(visit(), write(CONFIRM), BASE)).toEqual({ state: 'open' });
    expect(standingOf(visit({ status: 'pending' }), write(CANCEL), BASE)).toEqual({ state: 'open' });
  });

  it('is refused when the visit was moved since the patient was told', () => {
    const told = write(CONFIRM, '2026-12-10T03:15:00Z');
    expect(standingOf(visit(), told, BASE)).toEqual({ state: 'refused', code: 'moved' });
    expect(standingOf(visit(), write(CONFIRM, '2026-12-10T03:30:00Z'), BASE)).toEqual({ state: 'open' });
  });

  it.each(['arrived', 'checked-in', 'fulfilled', 'noshow', 'entered-in-error'] as const)(
    'is refused once the visit is %s',
    (status) => {
      expect(standingOf(visit({ status }), write(CANCEL), BASE)).toEqual({
        state: 'refused',
        code: `status-${status}`,
      });
      expect(standingOf(visit({ status }), write(CONFIRM), BASE)).toEqual({
        state: 'refused',
        code: `status-${status}`,
      });
    },
  );

  it('is refused for a patient who does not take part', () => {
    const other = write({ ...CONFIRM, patient: 'Patient/8' });
    expect(standingOf(visit(), other, BASE)).toEqual({ state: 'refused', code: 'no-participant' });
  });

  it('is done when the visit says so already', () => {
    const cancelled = visit({ status: 'cancelled' });
    expect(standingOf(cancelled, write(CANCEL, '2026-01-01T00:00:00Z'), BASE)).toEqual({ state: 'done' });
    expect(standingOf(cancelled, write(CONFIRM), BASE)).toEqual({
      state: 'refused',
      code: 'status-cancelled',
    });
  });

  it.each([CONFIRM, CANCEL])('as a patch touches only what it names: %j', (change) => {
    const steps = patchFor(visit(), change, BASE);
    expect(steps.filter(({ op }) => op === 'test').length).toBeGreaterThan(0);
    const paths = steps.filter(({ op }) => op !== 'test').map(({ path }) => path);
    expect(paths).toEqual('status' in change ? ['/status', '/cancelationReason'] : ['/participant/1/status']);
  });

  it.each([CONFIRM, CANCEL])('as an update keeps everything else: %j', (change) => {
    const updated = updateFor(visit(), change, BASE);
    expect(isDone(updated, change, BASE)).toBe(true);
    expect(updated).toMatchObject({ id: '1', comment: 'kept', start: visit().start });
    expect(updated.participant[0]).toEqual(visit().participant[0]);
  });
});

import { judgeWaited, type WaitedReminder } from './recheck.policy.js';
import type { PlannedVisit } from './step-plan.policy.js';

const NOW = new Date('2027-01-10T10:00:00Z');
const at = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

const VISIT: PlannedVisit = {
  present: true,
  status: 'booked',
  participantStatus: 'needs-action',
  start: at(23),
  end: null,
  timeZone: 'UTC',
  zoneFrom: '',
  mode: 'in-person',
  place: null,
  practitioner: null,
  groupVisit: false,
  versionId: '1',
  visitVersion: 2,
  cancelAsked: false,
};

function waited(visit: Partial<PlannedVisit>, more: Partial<WaitedReminder> = {}): WaitedReminder {
  const quiet = { from: '21:00', to: '08:00' };
  const base = { visitVersion: 2, dueAt: at(-1), usefulUntil: at(22), nextDueAt: null, quiet, now: NOW };
  return { visit: { ...VISIT, ...visit }, ...base, ...more };
}

describe('a reminder that had to wait', () => {
  it('goes while all holds', () => {
    expect(judgeWaited(waited({}))).toEqual({ verdict: 'go' });
  });

  it.each([
    [{ status: 'cancelled' }, 'cancelled'],
    [{ present: false }, 'gone'],
    [{ participantStatus: 'declined' }, 'declined'],
    [{ cancelAsked: true }, 'patient-cancelled'],
    [{ visitVersion: 3 }, 'visit-changed'],
  ])('falls with its visit: %j', (visit, reason) => {
    expect(judgeWaited(waited(visit))).toEqual({ verdict: 'drop', reason });
  });

  it('waits until the night is over', () => {
    const night = waited({}, { now: new Date('2027-01-10T23:00:00Z') });
    const until = new Date('2027-01-11T08:00:00Z');
    expect(judgeWaited(night)).toEqual({ verdict: 'wait', until, reason: 'quiet-hours' });
  });

  it('falls when the night ends too late for it', () => {
    const night = waited({}, { now: new Date('2027-01-10T23:00:00Z'), usefulUntil: at(21) });
    expect(judgeWaited(night)).toEqual({ verdict: 'drop', reason: 'quiet-hours' });
  });

  it('falls when the next reminder of the visit is due', () => {
    expect(judgeWaited(waited({}, { nextDueAt: at(-0.5) }))).toEqual({
      verdict: 'drop',
      reason: 'superseded',
    });
  });

  it('falls when little is left to act on it', () => {
    expect(judgeWaited(waited({ start: at(1.5) }))).toEqual({ verdict: 'drop', reason: 'late' });
  });

  it('ends as expired once it is of no use', () => {
    const over = waited({}, { usefulUntil: at(-0.1) });
    expect(judgeWaited(over)).toEqual({ verdict: 'wait', until: at(-0.1), reason: 'expired' });
  });
});

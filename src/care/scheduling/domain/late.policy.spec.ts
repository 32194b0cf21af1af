import { judgeLateness, usefulUntil, type Lateness } from './late.policy.js';

const MINUTE_MS = 60_000;
const START = new Date('2026-12-01T12:00:00Z');
const minutesBefore = (minutes: number): Date => new Date(START.getTime() - minutes * MINUTE_MS);

const judge = (facts: Partial<Lateness>): string =>
  judgeLateness({
    dueAt: minutesBefore(24 * 60),
    now: minutesBefore(24 * 60),
    start: START,
    usefulUntil: minutesBefore(60),
    nextDueAt: null,
    ...facts,
  });

describe('a reminder whose time has come', () => {
  it.each([
    ['on time', {}, 'send'],
    ['a quarter of an hour after', { now: minutesBefore(24 * 60 - 15) }, 'send'],
    ['late, two hours ahead', { now: minutesBefore(120) }, 'send'],
    ['late, 119 minutes ahead', { now: minutesBefore(119) }, 'late'],
    ['late, with the next one due', { now: minutesBefore(300), nextDueAt: minutesBefore(301) }, 'superseded'],
    [
      'late, with the next in an hour',
      { now: minutesBefore(300), nextDueAt: minutesBefore(240) },
      'superseded',
    ],
    ['late, with the next in 61 minutes', { now: minutesBefore(300), nextDueAt: minutesBefore(239) }, 'send'],
    ['on time, at one instant with the next', { nextDueAt: minutesBefore(24 * 60) }, 'superseded'],
    ['on time, with the next one near', { nextDueAt: minutesBefore(24 * 60 - 30) }, 'send'],
    ['an hour before the visit', { now: minutesBefore(60) }, 'expired'],
    ['after the visit', { now: minutesBefore(-5) }, 'expired'],
    ['of a 90-minute rule, on time', { dueAt: minutesBefore(90), now: minutesBefore(90) }, 'send'],
  ])('%s', (_case, facts, verdict) => {
    expect(judge(facts)).toBe(verdict);
  });

  it('is of use until an hour before, or half of a shorter lead', () => {
    expect(usefulUntil(START, 'P1D', 'UTC')).toEqual(minutesBefore(60));
    expect(usefulUntil(START, 'PT30M', 'UTC')).toEqual(minutesBefore(15));
  });
});

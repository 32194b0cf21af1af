import { checkPurposes, checkRecordedAt, checkWording, CLOCK_TOLERANCE_MS } from './terms.policy.js';

const now = new Date('2026-03-01T10:00:00Z');
const shifted = (ms: number) => new Date(now.getTime() + ms);

describe('the terms of a consent', () => {
  it('name each purpose once', () => {
    expect(checkPurposes(['surveys', 'appointment-reminders', 'surveys'])).toEqual([
      'appointment-reminders',
      'surveys',
    ]);
  });

  it.each([
    [[], 'consent.no-purpose'],
    [['surveys', 'marketing'], 'consent.unknown-purpose'],
  ])('with purposes %j are refused', (purposes, code) => {
    expect(() => checkPurposes(purposes)).toThrow(code);
  });

  it('name a wording that was shipped', () => {
    expect(() => checkWording('1')).not.toThrow();
    expect(() => checkWording('0')).toThrow('consent.unknown-wording');
  });

  it('were stated in the past, as far as clocks agree', () => {
    expect(() => checkRecordedAt(shifted(CLOCK_TOLERANCE_MS), now, null)).not.toThrow();
    expect(() => checkRecordedAt(shifted(CLOCK_TOLERANCE_MS + 1), now, null)).toThrow('consent.in-future');
  });

  it('are newer than the last withdrawal, as far as clocks agree', () => {
    expect(() => checkRecordedAt(shifted(-CLOCK_TOLERANCE_MS), now, now)).not.toThrow();
    expect(() => checkRecordedAt(shifted(-CLOCK_TOLERANCE_MS - 1), now, now)).toThrow(
      'consent.before-withdrawal',
    );
  });
});

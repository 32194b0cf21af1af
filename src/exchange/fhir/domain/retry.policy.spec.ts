import fc from 'fast-check';
import { retryAfterSeconds } from '../infrastructure/failures.js';
import { nextTry } from './retry.policy.js';

const FAILED = { retryable: true, effect: 'not-done' as const, retryAfterSeconds: undefined };
const first = { attempt: 1, write: false, random: 0.5 };

describe('another try', () => {
  it('is not made for a refusal, nor without end', () => {
    expect(nextTry({ ...FAILED, retryable: false }, first)).toBeNull();
    expect(nextTry(FAILED, { ...first, attempt: 4 })).toBeNull();
  });

  it('of a write waits until its effect is known', () => {
    expect(nextTry({ ...FAILED, effect: 'unknown' }, { ...first, write: true })).toBeNull();
    expect(nextTry({ ...FAILED, effect: 'unknown' }, first)).not.toBeNull();
  });

  it('comes when the EHR says, unless that is long', () => {
    expect(nextTry({ ...FAILED, retryAfterSeconds: 7 }, first)).toBe(7_000);
    expect(nextTry({ ...FAILED, retryAfterSeconds: 0 }, first)).toBe(0);
    expect(nextTry({ ...FAILED, retryAfterSeconds: 31 }, first)).toBeNull();
  });

  it('comes later each time, by chance within bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const wait = nextTry(FAILED, { attempt, write: false, random })!;
          const whole = 250 * 2 ** (attempt - 1);
          expect(wait).toBeGreaterThanOrEqual(whole / 2);
          expect(wait).toBeLessThanOrEqual(whole);
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-23T06:00:00Z');

  it.each([
    ['7', 7],
    ['Mon, 23 Nov 2026 06:00:07 GMT', 7],
    ['Mon, 23 Nov 2026 05:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%s is read', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });
});

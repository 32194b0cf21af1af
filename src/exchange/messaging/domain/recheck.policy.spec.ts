import { isToRecheck, RECHECK_AFTER_MS, recheckAgainAt } from './recheck.policy.js';

const HANDED = new Date('2027-01-10T09:00:00Z');
const after = (ms: number): Date => new Date(HANDED.getTime() + ms);

describe('the recheck of a message', () => {
  it('is due once the hand-over is older than two minutes', () => {
    expect(isToRecheck(HANDED, after(RECHECK_AFTER_MS))).toBe(false);
    expect(isToRecheck(HANDED, after(RECHECK_AFTER_MS + 1))).toBe(true);
  });

  it.each([
    [0, 30_000],
    [240_000, 60_000],
    [86_400_000, 300_000],
  ])('that failed %i ms after the hand-over comes back in %i ms', (age, wait) => {
    expect(recheckAgainAt(HANDED, after(age))).toEqual(after(age + wait));
  });
});

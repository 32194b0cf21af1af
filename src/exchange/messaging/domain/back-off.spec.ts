import fc from 'fast-check';
import { spread } from './back-off.js';

describe('a wait that is spread', () => {
  it('is never shorter than it was, and at most half as long again', () => {
    const waits = fc.record({
      ms: fc.integer({ min: 0, max: 86_400_000 }),
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(waits, ({ ms, chance }) => {
        const wait = spread(ms, chance);
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(ms);
        expect(wait).toBeLessThanOrEqual(Math.ceil(ms * 1.5));
      }),
    );
  });

  it('takes each to another instant', () => {
    const shares = Array.from({ length: 100 }, (_, n) => n / 100);
    expect(new Set(shares.map((chance) => spread(1_000, chance))).size).toBe(100);
  });
});

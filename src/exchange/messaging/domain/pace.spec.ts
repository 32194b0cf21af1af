import fc from 'fast-check';
import { numberRate, pace, PAIR_RATE } from './pace.js';

const NOW = new Date('2026-11-23T06:00:00Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

describe('the pace of a number', () => {
  it('lets one second of messages go at once, then one after the other', () => {
    const first = pace(numberRate(60), NOW, null, 100);
    expect(first.granted).toBe(60);
    expect(pace(numberRate(60), NOW, first.usedUntil, 1).granted).toBe(0);
    expect(pace(numberRate(60), later(500), first.usedUntil, 100).granted).toBe(30);
    expect(pace(numberRate(60), first.nextAt, first.usedUntil, 1).granted).toBe(1);
  });

  it('is not stopped by a clock that was set back', () => {
    const { usedUntil } = pace(PAIR_RATE, later(86_400_000), null, 10);
    expect(pace(PAIR_RATE, later(60_000), pace(PAIR_RATE, NOW, usedUntil, 1).usedUntil, 1).granted).toBe(1);
  });

  it('never lets more go in any span than the rate and the burst together', () => {
    const steps = fc.array(fc.record({ wait: fc.nat(3_000), wanted: fc.nat(50) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 100 }), (asked, perSecond) => {
        const rate = numberRate(perSecond);
        let [clock, granted] = [0, 0];
        let used: Date | null = null;
        for (const { wait, wanted } of asked) {
          clock += wait;
          const paced = pace(rate, later(clock), used, wanted);
          used = paced.usedUntil;
          granted += paced.granted;
        }
        expect(granted).toBeLessThanOrEqual(perSecond + Math.ceil((clock * perSecond) / 1000) + 1);
      }),
    );
  });
});

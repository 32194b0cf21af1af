import { holdsAt, spanOf } from './span.policy.js';

const ZONE = 'Asia/Kolkata';
const now = new Date('2026-11-23T18:29:00Z');
const holds = (period: unknown): boolean | null => {
  const span = spanOf(period, ZONE);
  return span && holdsAt(span, now);
};

describe('a period of the EHR, at 23:59 on 23 November where the hospital is', () => {
  it.each([
    [undefined, true],
    [{}, true],
    [{ end: '2026-11-23' }, true],
    [{ end: '2026-11-22' }, false],
    [{ end: '2026-11' }, true],
    [{ end: '2026-10' }, false],
    [{ end: '2026' }, true],
    [{ end: '2025' }, false],
    [{ end: '2026-11-23T18:30:00Z' }, true],
    [{ end: '2026-11-23T18:29:00Z' }, false],
    [{ start: '2026-11-23' }, true],
    [{ start: '2026-11-24' }, false],
    [{ start: '2026-12' }, false],
    [{ start: '2027' }, false],
    [{ start: '2026-11-01', end: '2026-11-30' }, true],
  ])('%j: holds %s', (period, expected) => {
    expect(holds(period)).toBe(expected);
  });

  it.each([[{ end: 'soon' }], [{ end: '2026-02-31' }], [{ start: 5 }], [null], ['2026']])(
    '%j: nobody knows',
    (period) => {
      expect(spanOf(period, ZONE)).toBeNull();
    },
  );

  it('ends with the day of the hospital, to the instant', () => {
    expect(spanOf({ end: '2026-11-23' }, ZONE)?.until).toEqual(new Date('2026-11-23T18:30:00Z'));
  });
});

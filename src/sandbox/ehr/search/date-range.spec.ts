import fc from 'fast-check';
import { bounds, compares, prefixes, spanOf, storedSpan } from './date-range.js';

const HOUR = 3_600_000;
const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
const zones = fc.constantFrom('Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe', 'UTC');
const texts = fc
  .tuple(instants, fc.constantFrom(4, 7, 10, 16, 19, 23))
  .map(([at, length]) => `${at.toISOString().slice(0, length)}${length > 10 ? 'Z' : ''}`);

describe('stretches of time', () => {
  it.each([
    ['2026', 'UTC', 365 * 24 * HOUR],
    ['2026-02', 'UTC', 28 * 24 * HOUR],
    ['2026-11-01', 'America/New_York', 25 * HOUR],
    ['2026-03-08', 'America/New_York', 23 * HOUR],
    ['2026-11-01', 'Asia/Kolkata', 24 * HOUR],
    ['2026-11-01T10:00Z', 'UTC', 60_000],
    ['2026-11-01T10:00:00+05:30', 'UTC', 1000],
    ['2026-11-01T10:00:00.000Z', 'UTC', 1],
  ])('%s in %s', (text, zone, length) => {
    const span = spanOf(text, zone)!;

    expect(span.to - span.from).toBe(length);
  });

  it.each([
    '',
    '26',
    '2026-13',
    '2026-02-31',
    '2026-11-01T25:00:00Z',
    '2026-11-01T10',
    '2026-11-01 10:00',
    'x',
  ])('none is "%s"', (text) => {
    expect(spanOf(text, 'UTC')).toBeUndefined();
  });

  it('put every stored instant either before, within or after what is asked', () => {
    fc.assert(
      fc.property(instants, texts, zones, (at, text, zone) => {
        const [stored, asked] = [storedSpan(at.toISOString(), zone)!, spanOf(text, zone)!];
        const [lt, eq, gt] = (['lt', 'eq', 'gt'] as const).map((prefix) => compares(prefix, stored, asked));
        expect([lt, eq, gt].filter(Boolean)).toHaveLength(1);
        expect(compares('le', stored, asked)).toBe(lt! || eq!);
        expect(compares('ge', stored, asked)).toBe(gt! || eq!);
        expect(compares('ne', stored, asked)).toBe(!eq);
      }),
    );
  });

  it('lie within the bounds that the index is asked for', () => {
    fc.assert(
      fc.property(instants, texts, zones, fc.constantFrom(...prefixes), (at, text, zone, prefix) => {
        const [stored, asked] = [storedSpan(at.toISOString(), zone)!, spanOf(text, zone)!];
        if (!compares(prefix, stored, asked)) return;
        const { from, to } = bounds(prefix, asked);
        expect(stored.from >= from && stored.from <= to).toBe(true);
      }),
    );
  });
});

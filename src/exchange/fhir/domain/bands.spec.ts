import { bandOf, isQuiet, nextNight, restEverySeconds, spanOf } from './bands.js';

const NOW = new Date('2026-11-23T06:00:00Z');
const HORIZON = { from: new Date('2026-11-20T18:30:00Z'), to: new Date('2027-01-07T18:30:00Z') };

describe('the parts of a horizon', () => {
  it.each([
    ['near', '2026-11-23T06:00:00.000Z', '2026-11-26T06:00:00.000Z'],
    ['rest', '2026-11-23T06:00:00.000Z', '2027-01-07T18:30:00.000Z'],
    ['all', '2026-11-20T18:30:00.000Z', '2027-01-07T18:30:00.000Z'],
  ] as const)('%s lies from %s to %s', (band, from, to) => {
    const span = spanOf(band, HORIZON, NOW);
    expect([span.from.toISOString(), span.to.toISOString()]).toEqual([from, to]);
  });

  it('do not reach beyond a short one', () => {
    const to = new Date('2026-11-24T18:30:00Z');
    expect(spanOf('near', { from: HORIZON.from, to }, NOW)).toEqual({ from: NOW, to });
  });

  it.each([
    [{ full: false, rest: false, quiet: false }, 'near'],
    [{ full: false, rest: true, quiet: false }, 'rest'],
    [{ full: true, rest: true, quiet: false }, 'all'],
    [{ full: true, rest: true, quiet: true }, 'near'],
  ] as const)('%j: %s is read', (due, band) => {
    expect(bandOf(due)).toBe(band);
  });

  it('are never read more often than the hospital says', () => {
    expect([restEverySeconds(30), restEverySeconds(86_400)]).toEqual([3_600, 86_400]);
  });
});

describe('the hospital’s night', () => {
  it.each([
    ['Asia/Kolkata', '2026-11-23T06:00:00Z', '2026-11-23T21:30:00.000Z'],
    ['Asia/Kolkata', '2026-11-23T21:30:00Z', '2026-11-24T21:30:00.000Z'],
    ['America/New_York', '2026-11-23T06:00:00Z', '2026-11-23T08:00:00.000Z'],
    // The clock is put forward from two to three.
    ['America/New_York', '2027-03-14T05:00:00Z', '2027-03-14T07:00:00.000Z'],
  ])('in %s after %s is at %s', (zone, after, night) => {
    expect(nextNight(new Date(after), zone, null).toISOString()).toBe(night);
  });

  it('ends with the quiet hours that lie over it', () => {
    const quiet = { from: '22:00', to: '06:30' };
    expect(nextNight(NOW, 'Asia/Kolkata', quiet).toISOString()).toBe('2026-11-24T01:00:00.000Z');
  });

  it.each([
    ['22:00', '06:00', '23:00', true],
    ['22:00', '06:00', '05:59', true],
    ['22:00', '06:00', '06:00', false],
    ['09:00', '17:00', '09:00', true],
    ['09:00', '17:00', '17:00', false],
    ['09:00', '09:00', '09:00', false],
  ])('quiet from %s to %s: at %s it is %s', (from, to, time, quiet) => {
    expect(isQuiet(new Date(`2026-11-23T${time}:00Z`), 'UTC', { from, to })).toBe(quiet);
  });
});

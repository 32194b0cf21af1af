import fc from 'fast-check';
import { contains, halvesOf, horizonOf, windowsOf } from './windows.js';

const HOUR_MS = 3_600_000;
const ZONES = ['Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Kiritimati', 'UTC'];
const instant = fc.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

describe('the horizon', () => {
  it('is whole days of the hospital, from two days back', () => {
    const { from, to } = horizonOf(new Date('2026-11-23T20:00:00Z'), 'Asia/Kolkata', 45);
    expect(from.toISOString()).toBe('2026-11-21T18:30:00.000Z');
    expect(to.toISOString()).toBe('2027-01-08T18:30:00.000Z');
  });

  it('keeps to midnight where the clocks change', () => {
    const { from, to } = horizonOf(new Date('2026-03-07T17:00:00Z'), 'America/New_York', 1);
    expect(from.toISOString()).toBe('2026-03-05T05:00:00.000Z');
    expect(to.toISOString()).toBe('2026-03-09T04:00:00.000Z');
  });

  it('is covered by its windows without gap or overlap, with a day of slack', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...ZONES), fc.integer({ min: 1, max: 366 }), (now, zone, days) => {
        const horizon = horizonOf(now, zone, days);
        const windows = windowsOf(horizon);
        expect(windows[0]!.from.getTime()).toBe(horizon.from.getTime() - 24 * HOUR_MS);
        expect(windows.at(-1)!.to.getTime()).toBe(horizon.to.getTime() + 24 * HOUR_MS);
        windows.slice(1).forEach((window, index) => expect(window.from).toEqual(windows[index]!.to));
      }),
    );
  });
});

describe('a window', () => {
  it('is cut in halves that tile it, down to a day', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 25, max: 200 }), (from, hours) => {
        const span = { from, to: new Date(from.getTime() + hours * HOUR_MS) };
        const [first, second] = halvesOf(span)!;
        expect([first.from, first.to, second.to]).toEqual([span.from, second.from, span.to]);
        expect(first.to > first.from && second.to > second.from).toBe(true);
      }),
    );
    const day = { from: new Date(0), to: new Date(24 * HOUR_MS) };
    expect(halvesOf(day)).toBeNull();
  });

  it('holds its beginning and not its end', () => {
    const span = { from: new Date(1), to: new Date(3) };
    expect([0, 1, 2, 3].map((at) => contains(span, new Date(at)))).toEqual([false, true, true, false]);
  });
});

import fc from 'fast-check';
import { DateTime } from 'luxon';
import { instantBefore, instantOf, wallOf, withOffset } from './wall-clock.js';

const HOUR_MS = 3_600_000;
const ZONES = [
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Apia',
  'Africa/Casablanca',
  'UTC',
];

const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc
  .date({ min: new Date('2008-01-01T00:00:00Z'), max: new Date('2036-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000));

const wall = (text: string): number => Date.parse(`${text}Z`);

describe('the instant of a wall time', () => {
  it.each([
    ['an ordinary morning', '2026-12-01T09:00:00', 'Asia/Kolkata', '2026-12-01T03:30:00Z'],
    ['skipped in New York', '2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['twice in New York', '2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00Z'],
    ['skipped in London', '2026-03-29T01:15:00', 'Europe/London', '2026-03-29T01:00:00Z'],
    ['twice in London', '2026-10-25T01:15:00', 'Europe/London', '2026-10-25T00:15:00Z'],
    [
      'skipped by half an hour on Lord Howe',
      '2026-10-04T02:10:00',
      'Australia/Lord_Howe',
      '2026-10-03T15:30:00Z',
    ],
    ['twice on Lord Howe', '2026-04-05T01:40:00', 'Australia/Lord_Howe', '2026-04-04T14:40:00Z'],
    ['on the day that Samoa left out', '2011-12-30T12:00:00', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
  ])('%s', (_case, text, zone, instant) => {
    expect(instantOf(wall(text), zone)).toEqual(new Date(instant));
  });

  it('is the instant itself, or its first twin', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (at, zone) => {
        const again = instantOf(wallOf(at, zone), zone);
        expect(wallOf(again, zone)).toBe(wallOf(at, zone));
        expect(again.getTime()).toBeLessThanOrEqual(at.getTime());
      }),
    );
  });

  it('never reads earlier than was asked, and what lies between was skipped', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (at, zone) => {
        const asked = at.getTime();
        const found = instantOf(asked, zone);
        expect(wallOf(found, zone)).toBeGreaterThanOrEqual(asked);
        expect(wallOf(new Date(found.getTime() - 1), zone)).toBeLessThan(asked);
      }),
    );
  });
});

describe('before a visit', () => {
  it.each([
    ['a day is the same wall time the day before', 'P1D, 2026-12-02T09:00, Asia/Kolkata', '2026-12-01T09:00'],
    ['also over a night of 23 hours', 'P1D, 2026-03-08T09:00, America/New_York', '2026-03-07T09:00'],
    ['also over a night of 25 hours', 'P1D, 2026-11-01T09:00, America/New_York', '2026-10-31T09:00'],
    ['half an hour of clock change', 'P3D, 2026-10-06T08:00, Australia/Lord_Howe', '2026-10-03T08:00'],
    [
      'a skipped wall time becomes the first after it',
      'P1D, 2026-03-09T02:30, America/New_York',
      '2026-03-08T03:00',
    ],
    ['a month ends with the shorter one', 'P1M, 2026-03-31T09:00, Europe/London', '2026-02-28T09:00'],
  ])('%s', (_case, visit, wanted) => {
    const [before, start, zone] = visit.split(', ') as [string, string, string];
    const due = instantBefore(instantOf(wall(`${start}:00`), zone), before, zone);
    expect(DateTime.fromJSDate(due, { zone }).toFormat(`yyyy-MM-dd'T'HH:mm`)).toBe(wanted);
  });

  it('hours are exact, also over a clock change', () => {
    const start = new Date('2026-11-01T14:00:00Z');
    expect(instantBefore(start, 'PT24H', 'America/New_York')).toEqual(new Date('2026-10-31T14:00:00Z'));
  });

  it('hours from the second run of a doubled hour start at that run', () => {
    const second = new Date('2026-11-01T06:30:00Z');
    expect(instantBefore(second, 'PT1H', 'America/New_York')).toEqual(new Date('2026-11-01T05:30:00Z'));
  });

  it('days keep the wall time in any zone, or go to the first valid instant after', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, fc.integer({ min: 1, max: 30 }), (start, zone, days) => {
        const due = instantBefore(start, `P${days}D`, zone);
        const wanted = wallOf(start, zone) - days * 24 * HOUR_MS;
        expect(due).toEqual(instantOf(wanted, zone));
        expect(due.getTime()).toBeLessThan(start.getTime());
      }),
    );
  });
});

it('shows a time with the offset of its zone', () => {
  expect(withOffset(new Date('2026-12-01T03:30:00Z'), 'Asia/Kolkata')).toBe('2026-12-01T09:00:00+05:30');
});

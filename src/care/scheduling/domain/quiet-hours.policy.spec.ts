import fc from 'fast-check';
import { isQuiet, outsideQuietHours, type QuietHours } from './quiet-hours.policy.js';
import { instantOf } from './wall-clock.js';

const NIGHT: QuietHours = { from: '21:00', to: '08:00' };
const HOUR_MS = 3_600_000;
const ZONE = 'Europe/London';

const at = (text: string, zone = ZONE): Date => instantOf(Date.parse(`${text}Z`), zone);

const time = fc
  .integer({ min: 0, max: 24 * 60 - 1 })
  .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
const zone = fc.constantFrom('Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia');
const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

describe('quiet hours', () => {
  it.each([
    ['20:59', false],
    ['21:00', true],
    ['00:00', true],
    ['07:59', true],
    ['08:00', false],
  ])('at %s: %s', (clock, quiet) => {
    expect(isQuiet(at(`2026-06-01T${clock}:00`), NIGHT, ZONE)).toBe(quiet);
  });

  it('may lie within a day', () => {
    expect(isQuiet(at('2026-06-01T13:30:00'), { from: '13:00', to: '14:00' }, ZONE)).toBe(true);
  });

  it('are none when they begin and end at the same time', () => {
    fc.assert(fc.property(instant, time, zone, (when, t, z) => !isQuiet(when, { from: t, to: t }, z)));
  });
});

describe('something due in quiet hours', () => {
  const usefulUntil = at('2026-06-03T12:00:00');
  const when = (due: string, now: string, until = usefulUntil): Date | null =>
    outsideQuietHours(at(due), { quiet: NIGHT, timeZone: ZONE, now: at(now), usefulUntil: until });

  it('goes in the evening before', () => {
    expect(when('2026-06-01T23:30:00', '2026-05-20T12:00:00')).toEqual(at('2026-06-01T20:30:00'));
    expect(when('2026-06-02T05:00:00', '2026-05-20T12:00:00')).toEqual(at('2026-06-01T20:30:00'));
  });

  it('goes at once when little of that evening is left', () => {
    expect(when('2026-06-01T23:30:00', '2026-06-01T20:50:00')).toEqual(at('2026-06-01T20:50:00'));
  });

  it('waits for the morning when the evening is over', () => {
    expect(when('2026-06-01T23:30:00', '2026-06-01T21:10:00')).toEqual(at('2026-06-02T08:00:00'));
  });

  it('goes never when the morning is too late to be of use', () => {
    expect(when('2026-06-02T05:00:00', '2026-06-02T00:00:00', at('2026-06-02T07:30:00'))).toBeNull();
  });

  it('waits for the second end when the clocks go back over it', () => {
    const quiet = { from: '21:00', to: '01:30' };
    const secondRun = new Date('2026-10-25T01:10:00Z');
    const until = new Date('2026-10-26T00:00:00Z');
    expect(
      outsideQuietHours(secondRun, { quiet, timeZone: ZONE, now: secondRun, usefulUntil: until }),
    ).toEqual(new Date('2026-10-25T01:30:00Z'));
  });

  it('never goes in quiet hours, too late, or in the past, in any zone and night', () => {
    fc.assert(
      fc.property(
        instant,
        fc.record({ from: time, to: time }),
        zone,
        fc.integer({ min: 0, max: 72 }),
        (due, quiet, timeZone, hours) => {
          const now = new Date(due.getTime() - hours * HOUR_MS);
          const until = new Date(due.getTime() + 10 * HOUR_MS);
          const goes = outsideQuietHours(due, { quiet, timeZone, now, usefulUntil: until });
          if (!goes) return isQuiet(due, quiet, timeZone);
          return !isQuiet(goes, quiet, timeZone) && goes <= until && goes >= now;
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

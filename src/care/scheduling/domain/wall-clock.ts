import { DateTime, Duration, IANAZone } from 'luxon';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const zones = new Map<string, IANAZone>();

/** An offset (`+05:30`), which newer platforms take for a zone, is none: it does not know summer from winter. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;

/** Whether the platform knows this IANA zone name. */
export function isTimeZone(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name) && IANAZone.isValidZone(name);
}

/** The wall time of an instant, as milliseconds that read like UTC: 09:00 in Kolkata is 09:00Z. */
export function wallOf(at: Date, timeZone: string): number {
  return at.getTime() + offsetMs(at.getTime(), timeZone);
}

/**
 * The instant of a wall time (milliseconds that read like UTC) in an IANA zone. A wall time that a clock change
 * skips becomes the first valid instant after it, one that comes twice its first instance. luxon is not asked: it
 * moves a skipped time by the length of the gap, and has taken the second of two (both measured).
 */
export function instantOf(wallMs: number, timeZone: string): Date {
  const offsets = [wallMs - DAY_MS, wallMs + DAY_MS].map((near) => offsetMs(near, timeZone));
  const instants = offsets.map((offset) => wallMs - offset);
  const valid = instants.filter((at) => at + offsetMs(at, timeZone) === wallMs);
  return new Date(valid.length > 0 ? Math.min(...valid) : clockChangeIn(instants, timeZone));
}

/**
 * The instant that lies an ISO 8601 duration before another. Years to days are calendar steps (`P1D`: the same
 * wall time the day before), hours to seconds are exact (`PT3H`).
 */
export function instantBefore(at: Date, duration: string, timeZone: string): Date {
  const { years, months, weeks, days, hours, minutes, seconds } = Duration.fromISO(duration);
  const exactMs = Duration.fromObject({ hours, minutes, seconds }).toMillis();
  if (!(years || months || weeks || days)) return new Date(at.getTime() - exactMs);
  const wall = DateTime.fromMillis(wallOf(at, timeZone), { zone: 'utc' });
  const day = instantOf(wall.minus({ years, months, weeks, days }).toMillis(), timeZone);
  return new Date(day.getTime() - exactMs);
}

/** RFC 3339 with the zone's offset at that instant: `2026-12-01T09:00:00+05:30`. */
export function withOffset(at: Date, timeZone: string): string {
  const text = DateTime.fromJSDate(at, { zone: timeZone }).toISO({ suppressMilliseconds: true });
  return text ?? at.toISOString();
}

function offsetMs(atMs: number, timeZone: string): number {
  let zone = zones.get(timeZone);
  if (!zone) zones.set(timeZone, (zone = IANAZone.create(timeZone)));
  return zone.offset(atMs) * MINUTE_MS;
}

/** The first instant after the clock change that lies between two instants. */
function clockChangeIn(instants: number[], timeZone: string): number {
  let before = Math.min(...instants);
  let after = Math.max(...instants);
  const old = offsetMs(before, timeZone);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMs(middle, timeZone) === old) before = middle;
    else after = middle;
  }
  return after;
}

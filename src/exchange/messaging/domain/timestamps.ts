import { recordsAt, type Json } from './json.js';

/** Meta documents seconds; milliseconds have been seen in production. */
const MILLISECONDS_FROM = 1e12;
/** WhatsApp began in 2009; a time past 2100 is no time. */
const EARLIEST = Date.UTC(2009, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** A Unix time as Meta writes it (text or number, seconds or milliseconds); null when it cannot be one. */
export function readTimestamp(value: unknown): Date | null {
  if (typeof value !== 'number' && !(typeof value === 'string' && /^\d{1,16}$/.test(value))) return null;
  const number = Number(value);
  const milliseconds = number >= MILLISECONDS_FROM ? number : number * 1000;
  return milliseconds >= EARLIEST && milliseconds < LATEST ? new Date(milliseconds) : null;
}

const TIMED = ['messages', 'statuses', 'user_preferences'];

/** Meta's own time of a change, which a retry repeats: the first readable one inside, else the entry's. */
export function timeOfChange(value: Json, entryTime: unknown): Date | null {
  for (const key of TIMED) {
    for (const { timestamp } of recordsAt(value, key)) {
      const at = readTimestamp(timestamp);
      if (at) return at;
    }
  }
  return readTimestamp(entryTime);
}

/** The day of what has no readable time: its partition is the default one. */
export const NO_DAY = '1970-01-01';

const DAY_MS = 86_400_000;
/** Nearly every change is of the same day as the one before. */
const last = { day: NaN, text: NO_DAY };

/** The UTC day as PostgreSQL takes it. */
export function dayOf(at: Date | null): string {
  if (!at) return NO_DAY;
  const day = Math.floor(at.getTime() / DAY_MS);
  if (day !== last.day) Object.assign(last, { day, text: at.toISOString().slice(0, 10) });
  return last.text;
}

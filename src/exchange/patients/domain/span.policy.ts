import { DateTime } from 'luxon';

/** From when until when something holds; null: open on that side. `until` is the first instant when it holds no more. */
export interface Span {
  from: Date | null;
  until: Date | null;
}

/** FHIR R4 dateTime; its day, month or year may stand alone. */
const DATE_TIME = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/;
const UNITS: Record<number, 'year' | 'month' | 'day'> = { 4: 'year', 7: 'month', 10: 'day' };

/**
 * A FHIR Period on the hospital's calendar (IANA zone): a day, month or year as its end includes all of it. Null when
 * a bound is there and cannot be read: nobody knows then whether it holds.
 */
export function spanOf(period: unknown, timeZone: string): Span | null {
  if (period === undefined) return { from: null, until: null };
  if (typeof period !== 'object' || period === null) return null;
  const { start, end } = period as { start?: unknown; end?: unknown };
  const [from, until] = [boundOf(start, timeZone, 'start'), boundOf(end, timeZone, 'end')];
  return from === 'unreadable' || until === 'unreadable' ? null : { from, until };
}

export function holdsAt({ from, until }: Span, now: Date): boolean {
  return (from === null || from <= now) && (until === null || until > now);
}

function boundOf(text: unknown, zone: string, side: 'start' | 'end'): Date | null | 'unreadable' {
  if (text === undefined) return null;
  if (typeof text !== 'string' || !DATE_TIME.test(text)) return 'unreadable';
  const at = DateTime.fromISO(text, { zone });
  if (!at.isValid) return 'unreadable';
  const unit = UNITS[text.length];
  if (!unit || side === 'start') return at.toJSDate();
  return at
    .plus({ [unit]: 1 })
    .startOf(unit)
    .toJSDate();
}

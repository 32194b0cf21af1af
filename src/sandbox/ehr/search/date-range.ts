import { DateTime, type DateTimeUnit } from 'luxon';

/** Half open, milliseconds since 1970. */
export interface Range {
  from: number;
  to: number;
}

export const prefixes = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb'] as const;
export type Prefix = (typeof prefixes)[number];

/** The prefix of a value of a search; `eq` where it has none. */
export const prefixOf = (value: string): Prefix => prefixes.find((known) => value.startsWith(known)) ?? 'eq';

const shape = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const fullInstant = /T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The stretch of time that a FHIR date, dateTime or instant names: `2026-12` is a month, `2026-12-10T09:30` a minute.
 * What has no offset is read in `zone`, the server's own. Undefined when it is no date.
 */
export function spanOf(text: string, zone: string): Range | undefined {
  const match = shape.exec(text);
  if (!match) return undefined;
  const from = DateTime.fromISO(text, { zone });
  return from.isValid
    ? { from: from.toMillis(), to: from.plus({ [precision(match)]: 1 }).toMillis() }
    : undefined;
}

function precision([, month, day, time, seconds, fraction]: RegExpExecArray): DateTimeUnit {
  if (fraction) return 'millisecond';
  if (seconds) return 'second';
  if (time) return 'minute';
  if (day) return 'day';
  return month ? 'month' : 'year';
}

/** The stretch of a stored value; one with a time of day is a point, so that `gt` its own instant leaves it out. */
export function storedSpan(text: unknown, zone: string): Range | undefined {
  if (typeof text !== 'string') return undefined;
  if (fullInstant.test(text)) return point(Date.parse(text));
  const span = spanOf(text, zone);
  return span && text.includes('T') ? point(span.from) : span;
}

function point(at: number): Range | undefined {
  return Number.isNaN(at) ? undefined : { from: at, to: at + 1 };
}

const comparisons: Record<Prefix, (stored: Range, asked: Range) => boolean> = {
  eq: (stored, asked) => stored.from >= asked.from && stored.to <= asked.to,
  ne: (stored, asked) => !comparisons.eq(stored, asked),
  gt: (stored, asked) => stored.to > asked.to,
  ge: (stored, asked) => stored.to > asked.to || comparisons.eq(stored, asked),
  lt: (stored, asked) => stored.from < asked.from,
  le: (stored, asked) => stored.from < asked.from || comparisons.eq(stored, asked),
  sa: (stored, asked) => stored.from >= asked.to,
  eb: (stored, asked) => stored.to <= asked.from,
};

/** R4 search, 3.1.1.4.5: how a prefix compares two stretches of time. */
export function compares(prefix: Prefix, stored: Range, asked: Range): boolean {
  return comparisons[prefix](stored, asked);
}

/** Where rows that match can lie at all; open ends are infinite. */
export function bounds(prefix: Prefix, asked: Range): Range {
  if (prefix === 'gt' || prefix === 'ge' || prefix === 'sa') return { from: asked.from, to: Infinity };
  if (prefix === 'lt' || prefix === 'le' || prefix === 'eb') return { from: -Infinity, to: asked.to };
  return prefix === 'eq' ? asked : { from: -Infinity, to: Infinity };
}

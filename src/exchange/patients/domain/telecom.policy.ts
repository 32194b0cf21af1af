import type { ContactPoint } from 'fhir/r4.js';
import { type NumberFault, readNumber } from './number.policy.js';
import { holdsAt, type Span, spanOf } from './span.policy.js';

/** A number that may be written to, as E.164 digits without plus, and when. */
export interface ListedNumber extends Span {
  number: string;
}

export type ContactFault = NumberFault | 'no-number' | 'number-not-current';

/** Where somebody can be reached. */
export interface Reach {
  /** Best first; those of a period to come stand among them. */
  numbers: ListedNumber[];
  /** Why no number can be used now; null when one can. */
  fault: ContactFault | null;
  /** What staff should mend in the EHR, also beside a number that can be used; null when nothing. */
  review: ContactFault | null;
}

/** The hospital as far as a number is read by it. */
export interface Desk {
  /** ISO 3166-1. */
  country: string;
  timeZone: string;
  now: Date;
}

/** Which fault is told when there are several: the one nearest to a usable number. */
const FAULTS: readonly ContactFault[] = [
  'number-several',
  'number-with-words',
  'number-invalid',
  'number-with-extension',
  'number-landline',
  'number-of-service',
  'number-not-current',
];

/** Doubtful even where another number is good: perhaps this was meant. A landline or a switchboard beside a mobile is sound. */
const DOUBTFUL = new Set<ContactFault>(['number-several', 'number-with-words', 'number-invalid']);

const HOME_FIRST: Record<string, number> = { home: 0, temp: 1, work: 3 };
const UNSAID = 2;
/** R4: 1 is most preferred; without a rank last. */
const NO_RANK = 1_000_000;

/**
 * Telecom rules: system phone or sms; not `old`, ended or to come; a number by itself that is valid; mobile first, then
 * the lowest rank, then home, work last.
 */
export function reachableAt(person: { telecom?: unknown }, desk: Desk): Reach {
  const points = phonesOf(person);
  if (points.length === 0) return { numbers: [], fault: 'no-number', review: null };
  const judged = points.map((point) => judge(point, desk));
  const faults = judged.flatMap((one) => ('fault' in one ? one.fault : []));
  const usable = judged.flatMap((one) => ('number' in one ? one : []));
  const numbers = withoutRepeats(usable.sort((a, b) => byPreference(a.point, b.point)).map(listed));
  if (numbers.some((one) => holdsAt(one, desk.now)))
    return { numbers, fault: null, review: first(faults.filter((fault) => DOUBTFUL.has(fault))) };
  const fault = first(faults) ?? 'number-not-current';
  return { numbers, fault, review: fault };
}

type Judged = (ListedNumber & { point: ContactPoint }) | { fault: ContactFault };

function judge(point: ContactPoint, { country, timeZone, now }: Desk): Judged {
  const span = spanOf(point.period, timeZone);
  const isOver = span === null || (span.until !== null && span.until <= now);
  if (point.use === 'old' || isOver) return { fault: 'number-not-current' };
  const read = readNumber(point.value!, country);
  return 'fault' in read ? read : { ...read, ...span, point };
}

function phonesOf({ telecom }: { telecom?: unknown }): ContactPoint[] {
  if (!Array.isArray(telecom)) return [];
  return (telecom as (ContactPoint | null)[]).filter(
    (point): point is ContactPoint =>
      ['phone', 'sms'].includes(point?.system ?? '') && typeof point?.value === 'string',
  );
}

function listed({ number, from, until }: ListedNumber): ListedNumber {
  return { number, from, until };
}

function withoutRepeats(ordered: readonly ListedNumber[]): ListedNumber[] {
  return ordered.filter(({ number }, place) => ordered.findIndex((one) => one.number === number) === place);
}

function first(faults: readonly ContactFault[]): ContactFault | null {
  return FAULTS.find((fault) => faults.includes(fault)) ?? null;
}

function byPreference(a: ContactPoint, b: ContactPoint): number {
  const mobile = (point: ContactPoint): number => (point.use === 'mobile' ? 0 : 1);
  return mobile(a) - mobile(b) || rankOf(a) - rankOf(b) || homeOf(a) - homeOf(b);
}

function homeOf({ use }: ContactPoint): number {
  return HOME_FIRST[use ?? ''] ?? UNSAID;
}

function rankOf({ rank }: ContactPoint): number {
  return typeof rank === 'number' && rank >= 1 ? rank : NO_RANK;
}

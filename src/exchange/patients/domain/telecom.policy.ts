import type { ContactPoint, Patient } from 'fhir/r4.js';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * Numbers that may be written to, best first, as E.164 digits without plus; or why there is none:
 * `no-number`, `number-not-current`, `number-with-words`, `number-with-extension`, `number-invalid`.
 */
export type Reachable = { numbers: string[] } | { fault: string };

/** Where a number stands in the order: mobile first, then home, then the rest; work numbers last. */
const USE_ORDER: Record<string, number> = { mobile: 0, home: 1, temp: 2, work: 4 };
const UNSAID = 3;
/** R4: 1 is most preferred; without a rank last. */
const NO_RANK = 1_000_000;

/** Which problem is told when no number can be used: the one nearest to a usable number. */
const FAULTS = ['number-invalid', 'number-with-extension', 'number-with-words', 'number-not-current'];

/**
 * Telecom rules: system phone or sms; not `old`, not ended, not yet to come; no words beside the digits (it is
 * somebody else's then), no extension; valid for the numbering plan. Without a country code the hospital's country
 * holds, never the patient's.
 */
export function reachableAt(patient: Patient, country: string, now: Date): Reachable {
  const points = phonesOf(patient);
  if (points.length === 0) return { fault: 'no-number' };
  const judged = points.map((point) => ({ point, ...judge(point, country, now) }));
  const usable = judged.flatMap(({ point, number }) => (number ? [{ point, number }] : []));
  if (usable.length === 0) {
    const faults = judged.map(({ fault }) => fault);
    return { fault: FAULTS.find((fault) => faults.includes(fault)) ?? 'number-invalid' };
  }
  usable.sort((a, b) => orderOf(a.point) - orderOf(b.point) || rankOf(a.point) - rankOf(b.point));
  return { numbers: [...new Set(usable.map(({ number }) => number))] };
}

function phonesOf({ telecom }: Patient): ContactPoint[] {
  if (!Array.isArray(telecom)) return [];
  return telecom.filter(
    (point) => ['phone', 'sms'].includes(point?.system ?? '') && typeof point.value === 'string',
  );
}

function judge(point: ContactPoint, country: string, now: Date): { number?: string; fault?: string } {
  if (point.use === 'old' || !isCurrent(point.period, now)) return { fault: 'number-not-current' };
  return numberIn(point.value!, country);
}

function isCurrent(period: ContactPoint['period'], now: Date): boolean {
  const from = Date.parse(period?.start ?? '');
  const to = endOf(period?.end);
  return !(from > now.getTime()) && !(to < now.getTime());
}

/** A period that ends on a day, a month or a year includes all of it. */
function endOf(text: string | undefined): number {
  if (text === undefined) return NaN;
  const [year, month, day] = text.split('-').map(Number);
  if (text.length === 4) return Date.UTC(year! + 1, 0, 1);
  if (text.length === 7) return Date.UTC(year!, month!, 1);
  return text.length === 10 ? Date.UTC(year!, month! - 1, day! + 1) : Date.parse(text);
}

const PREFIX = /^\s*(tel|whatsapp|sms):/i;
const EXTENSION = /(ext\.?|extension|x|#|;ext=)\s*\d+\s*$/i;

function numberIn(text: string, country: string): { number?: string; fault?: string } {
  const bare = text.replace(PREFIX, '');
  if (EXTENSION.test(bare)) return { fault: 'number-with-extension' };
  if (/\p{Letter}/u.test(bare)) return { fault: 'number-with-words' };
  const parsed = parsePhoneNumberFromString(bare, { defaultCountry: country as CountryCode, extract: false });
  if (!parsed) return { fault: 'number-invalid' };
  if (parsed.ext) return { fault: 'number-with-extension' };
  return parsed.isValid() ? { number: parsed.number.slice(1) } : { fault: 'number-invalid' };
}

function orderOf({ use }: ContactPoint): number {
  return USE_ORDER[use ?? ''] ?? UNSAID;
}

function rankOf({ rank }: ContactPoint): number {
  return typeof rank === 'number' ? rank : NO_RANK;
}

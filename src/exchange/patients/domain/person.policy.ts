import type { HumanName, Patient } from 'fhir/r4.js';
import type { PatientNames } from './patient.js';

/** Age of majority where the hospital has said nothing else: 18 nearly everywhere, and the higher ones are few. */
const MAJORITY_YEARS = 18;

const NAME_ORDER = ['usual', 'official', 'temp', 'nickname', 'anonymous'];
/** Of a person who is no longer called so. */
const FORMER = new Set(['old', 'maiden']);

/** The name that the patient goes by. Empty texts when the EHR has none. */
export function namesIn({ name }: Patient): PatientNames {
  const names = Array.isArray(name)
    ? name.filter((one) => one && !FORMER.has(one.use ?? '') && !one.period?.end)
    : [];
  const best = NAME_ORDER.flatMap((use) => names.filter((one) => one.use === use))[0] ?? names[0];
  if (!best) return { given: '', text: '' };
  const parts = partsOf(best);
  const text = clean(best.text) || [...parts.given, parts.family].filter(Boolean).join(' ');
  return { given: parts.given[0] ?? (parts.family || text), text };
}

function partsOf({ given, family }: HumanName): { given: string[]; family: string } {
  return { given: (Array.isArray(given) ? given : []).map(clean).filter(Boolean), family: clean(family) };
}

function clean(text: unknown): string {
  return typeof text === 'string'
    ? text.toWellFormed().replaceAll('\u0000', '').replace(/\s+/gu, ' ').trim()
    : '';
}

/** The preferred language as canonical BCP 47; the first one said when none is preferred; null when none is readable. */
export function languageOf({ communication }: Patient): string | null {
  if (!Array.isArray(communication)) return null;
  const preferred = [...communication].sort(
    (a, b) => Number(b?.preferred === true) - Number(a?.preferred === true),
  );
  const tags = preferred.flatMap((one) => one?.language?.coding?.map(({ code }) => code) ?? []);
  return tags.map(canonicalTag).find((tag) => tag !== null) ?? null;
}

function canonicalTag(code: string | undefined): string | null {
  try {
    return Intl.getCanonicalLocales(code ?? '')[0] ?? null;
  } catch {
    // Local codes that are no language tag: as if nothing had been said.
    return null;
  }
}

/** A dateTime however rough, or true, means deceased; false means alive. */
export function isDeceased({ deceasedBoolean, deceasedDateTime }: Patient): boolean {
  return deceasedBoolean === true || deceasedDateTime !== undefined;
}

/**
 * Whether somebody may be under age on this day (`yyyy-mm-dd` where the hospital is). A birth date that is a year
 * or a month counts as its last day, one that is missing or unreadable as under age.
 */
export function mayBeMinor(birthDate: string | null, today: string): boolean {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(birthDate ?? '');
  if (!match) return true;
  const [, year = '', month = '12', day = '31'] = match;
  // As text: the last day of a month need not exist for the comparison to hold.
  return today < `${Number(year) + MAJORITY_YEARS}-${month}-${day}`;
}

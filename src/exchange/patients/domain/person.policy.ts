import type { HumanName, Patient } from 'fhir/r4.js';
import type { PatientNames } from './patient.js';

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

/** What the hospital's country says of ages, in full years. */
export interface Ages {
  majorityAge: number;
  /** From this age on a minor is written to without the guardians; null: never. */
  confidentialFrom: number | null;
}

/** How old somebody counts as. */
export interface AgeStage {
  /** True until surely of age; an unknown birth date counts as under age. */
  minor: boolean;
  /** Messages go to a guardian and never to the number in the patient's own record. */
  byProxy: boolean;
}

/**
 * How old somebody counts as on this day (`yyyy-mm-dd` where the hospital is). A birth date that is a year or a month
 * counts as its last day. Without a readable birth date nobody can be told to be a child: who agreed at the desk is
 * written to as before.
 */
export function ageStageOf(birthDate: string | null, today: string, ages: Ages): AgeStage {
  const lastBirthday = lastDayOf(birthDate);
  if (!lastBirthday) return { minor: true, byProxy: false };
  const isSurely = (years: number): boolean => today >= yearsAfter(lastBirthday, years);
  const minor = !isSurely(ages.majorityAge);
  const { confidentialFrom } = ages;
  return { minor, byProxy: minor && (confidentialFrom === null || !isSurely(confidentialFrom)) };
}

interface Birthday {
  year: number;
  /** `mm-dd` */
  day: string;
}

function lastDayOf(birthDate: string | null): Birthday | null {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(birthDate ?? '');
  if (!match) return null;
  const [, year = '', month = '12', day = '31'] = match;
  // As text: the last day of a month need not exist for the comparison to hold.
  return { year: Number(year), day: `${month}-${day}` };
}

function yearsAfter({ year, day }: Birthday, years: number): string {
  return `${year + years}-${day}`;
}

import { normaliseText } from '../../../platform/text/text.js';

/** A template parameter longer than this makes a body that Meta may refuse (1,024 characters in all). */
const LONGEST_PARAMETER = 120;

export interface ReminderFacts {
  givenName: string;
  organizationName: string;
  placeName: string;
  start: Date;
  /** IANA: the visit's own. */
  timeZone: string;
  /** The template's language, as WhatsApp (`pt_BR`) or BCP 47 writes it. */
  language: string;
}

/** How many body variables a reminder template has. */
export const REMINDER_PARAMETERS = 5;

/** The body parameters, in order: given name, hospital, weekday and date, time with its zone, place. */
export function reminderParameters(facts: ReminderFacts): string[] {
  const { start, timeZone, language } = facts;
  return [
    facts.givenName,
    facts.organizationName,
    dateText(start, timeZone, language),
    timeText(start, timeZone, language),
    facts.placeName,
  ].map(asParameter);
}

/** Weekday, day and month on the visit's own calendar, in a language. */
export function dateText(at: Date, timeZone: string, language: string): string {
  return format(at, language, { weekday: 'long', day: 'numeric', month: 'long', timeZone });
}

/** The visit's own wall clock with the zone, in a language. */
export function timeText(at: Date, timeZone: string, language: string): string {
  return format(at, language, { hour: 'numeric', minute: '2-digit', timeZoneName: 'short', timeZone });
}

/** Meta refuses a parameter with a new line, a tab or more than four spaces in a row, and an empty one. */
export function asParameter(text: string): string {
  const plain = normaliseText(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const characters = [...plain];
  return characters.length <= LONGEST_PARAMETER
    ? plain
    : `${characters.slice(0, LONGEST_PARAMETER - 1).join('')}…`;
}

function format(at: Date, language: string, options: Intl.DateTimeFormatOptions): string {
  return asParameter(
    new Intl.DateTimeFormat(tagOf(language), { calendar: 'gregory', ...options }).format(at),
  );
}

/** A tag that Intl takes; a language that it does not know is shown in English rather than in the server's own. */
function tagOf(language: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(language.replace('_', '-'))[0] ?? 'en';
  } catch (error) {
    if (error instanceof RangeError) return 'en';
    throw error;
  }
}

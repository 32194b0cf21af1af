import { type CountryCode, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { modernForm } from './wa-id.js';

/** Why a telephone number is not used. */
export type NumberFault =
  | 'number-invalid'
  | 'number-several'
  | 'number-with-words'
  | 'number-with-extension'
  | 'number-landline'
  | 'number-of-service';

/** E.164 digits without plus. */
export type ReadNumber = { number: string } | { fault: NumberFault };

const PREFIX = /^\s*(tel|whatsapp|sms):/i;
const EXTENSION = /(ext\.?|extension|x|#|;ext=)\s*\d+\s*$/i;
/** E.164 holds at most 15 digits: more are several numbers. */
const MOST_DIGITS = 15;

/** North America's plan does not tell mobiles from landlines: there everything counts as both. */
const PERSONAL = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE', 'PERSONAL_NUMBER', 'VOIP']);

/**
 * Reads a number as people type it. Without a country code the hospital's region (ISO 3166-1) holds. Only what is
 * valid in its plan, and not merely possible, is a number. Which country it belongs to is told to nobody: the islands
 * share the numbers of Great Britain, so that neither language nor zone follows from it.
 */
export function readNumber(text: string, region: string): ReadNumber {
  const bare = text.replace(PREFIX, '');
  if (EXTENSION.test(bare)) return { fault: 'number-with-extension' };
  // It is somebody else's then, or a note.
  if (/\p{Letter}/u.test(bare)) return { fault: 'number-with-words' };
  if ((bare.match(/\p{Nd}/gu) ?? []).length > MOST_DIGITS) return { fault: 'number-several' };
  const parsed = parse(bare, region);
  if (!parsed) return { fault: 'number-invalid' };
  if (parsed.ext) return { fault: 'number-with-extension' };
  return judge(parsed);
}

function judge(parsed: PhoneNumber): ReadNumber {
  if (!parsed.isValid()) {
    const modern = modernForm(parsed.number.slice(1));
    const again = modern === null ? undefined : parse(`+${modern}`);
    return again?.isValid() ? kindOf(again) : { fault: 'number-invalid' };
  }
  return kindOf(parsed);
}

function kindOf(valid: PhoneNumber): ReadNumber {
  const type = valid.getType();
  if (type === 'FIXED_LINE') return { fault: 'number-landline' };
  if (type === undefined || !PERSONAL.has(type)) return { fault: 'number-of-service' };
  return { number: valid.number.slice(1) };
}

function parse(text: string, region?: string): PhoneNumber | undefined {
  return parsePhoneNumberFromString(text, {
    ...(region && { defaultCountry: region as CountryCode }),
    extract: false,
  });
}

/** E.164 holds at most 15 digits; the shortest national plans have 5 and more behind the country code. */
const DIGITS = /^[1-9]\d{6,14}$/;
/** Meta's business-scoped user id: country, a dot, letters and digits; read generously. */
const USER_ID = /^[A-Za-z0-9._-]{3,128}$/;

export function isWaId(text: string): boolean {
  return DIGITS.test(text);
}

export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/** How one country's mobiles are written in two ways. The digits that both share stand in groups of their own. */
interface Plan {
  /** With the extra digit. */
  long: RegExp;
  short: RegExp;
  digit: { long: string; at: number };
  /** Which of the two is E.164 today. */
  e164: 'long' | 'short';
}

/**
 * WhatsApp's ids of older accounts keep what the numbering plans dropped, or lack what they added: Mexico dropped its
 * mobile 1 in 2019, Brazil's mobiles have their ninth digit everywhere since 2016, Argentina dials its 9 from abroad only.
 * A Brazilian landline begins with 2 to 5 behind the area, so that no mobile is made of one.
 */
const PLANS: readonly Plan[] = [
  { long: /^521\d{10}$/, short: /^52\d{10}$/, digit: { long: '1', at: 2 }, e164: 'short' },
  { long: /^549\d{10}$/, short: /^54\d{10}$/, digit: { long: '9', at: 2 }, e164: 'long' },
  { long: /^55\d{2}9[6-9]\d{7}$/, short: /^55\d{2}[6-9]\d{7}$/, digit: { long: '9', at: 4 }, e164: 'long' },
];

/**
 * All ways to write the same phone, E.164 first: two for a mobile of Brazil, Mexico or Argentina, for every other number
 * itself alone. Digits without plus.
 */
export function candidates(digits: string): string[] {
  for (const { long, short, digit, e164 } of PLANS) {
    const forms = formsOf(digits, { long, short, digit });
    if (forms) return e164 === 'long' ? [forms.long, forms.short] : [forms.short, forms.long];
  }
  return [digits];
}

function formsOf(digits: string, { long, short, digit }: Omit<Plan, 'e164'>) {
  const { at } = digit;
  if (long.test(digits)) return { long: digits, short: digits.slice(0, at) + digits.slice(at + 1) };
  if (short.test(digits)) return { long: digits.slice(0, at) + digit.long + digits.slice(at), short: digits };
  return null;
}

/** E.164 of today for a number in a form of yesterday; null for one that has no other form. */
export function modernForm(digits: string): string | null {
  const [modern, other] = candidates(digits);
  return other === undefined || modern === digits ? null : modern!;
}

/** Whether WhatsApp may write this phone in another way than E.164. */
export function hasForms(digits: string): boolean {
  return candidates(digits).length > 1;
}

/** One text for all ways to write the same phone: the shortest. It stands behind the blind index. */
export function matchKey(digits: string): string {
  return candidates(digits).reduce((one, other) => (other.length < one.length ? other : one));
}

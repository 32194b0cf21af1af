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

/**
 * One text for the ways in which WhatsApp and E.164 write the same phone: Mexico's and Argentina's mobile digit,
 * and Brazil's ninth, which WhatsApp's ids of older accounts lack. A Brazilian landline begins with 2 to 5 after
 * the area, so that only mobiles lose their 9.
 */
export function matchKey(digits: string): string {
  const mexico = /^521(\d{10})$/.exec(digits);
  if (mexico) return `52${mexico[1]}`;
  const argentina = /^549(\d{10})$/.exec(digits);
  if (argentina) return `54${argentina[1]}`;
  const brazil = /^55(\d{2})9([6-9]\d{7})$/.exec(digits);
  return brazil ? `55${brazil[1]}${brazil[2]}` : digits;
}

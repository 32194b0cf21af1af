/** Text from outside as PostgreSQL and JSON can hold it: well-formed, NFC, without NUL. */
export function normaliseText(text: string): string {
  return text.toWellFormed().normalize('NFC').replaceAll('\u0000', '');
}

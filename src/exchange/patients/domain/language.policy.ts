/**
 * The languages to look for words in, best first: the patient's, the same with ever less of its region and script
 * (RFC 4647, lookup), then the hospital's in the same way. BCP 47, without repeats.
 */
export function languageOrder(patient: string | null, hospital: readonly string[]): string[] {
  const own = patient === null ? [] : fallbacksOf(patient);
  return [...new Set([...own, ...hospital, ...hospital.flatMap(fallbacksOf)])];
}

/** `zh-Hant-TW`, `zh-Hant`, `zh` */
function fallbacksOf(language: string): string[] {
  const parts = language.split('-');
  return parts.map((_, place) => parts.slice(0, parts.length - place).join('-'));
}

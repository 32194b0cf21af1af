/**
 * The languages to look for a template in, best first: the patient's, the same without its region, then the
 * hospital's. BCP 47, without repeats.
 */
export function languageOrder(patient: string | null, hospital: readonly string[]): string[] {
  const own = patient ? [patient, baseOf(patient)] : [];
  return [...new Set([...own, ...hospital, ...hospital.map(baseOf)])];
}

/** `pt-BR` and WhatsApp's `pt_BR` are both `pt`. */
export function baseOf(language: string): string {
  return language.split(/[-_]/)[0]!.toLowerCase();
}

/** `pt-BR` and WhatsApp's `pt_BR` are both `pt`. */
export function baseOf(language: string): string {
  return language.split(/[-_]/)[0]!.toLowerCase();
}

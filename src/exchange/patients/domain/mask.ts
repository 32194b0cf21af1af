/** How much of a number a person may see to tell two apart. */
const SHOWN = 2;

/** All but the last two characters hidden. */
export function masked(text: string): string {
  return `${'•'.repeat(Math.max(text.length - SHOWN, 0))}${text.slice(-SHOWN)}`;
}

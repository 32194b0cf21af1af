import type { Uuid } from '../../../platform/ids/ids.js';

/** The patient whose given name is in the answer as a word of its own; null unless it is exactly one. */
export function meantBy(answer: string, givenNames: ReadonlyMap<Uuid, string>): Uuid | null {
  const said = new Set(wordsOf(answer));
  const meant = [...givenNames].filter(([, name]) => {
    const words = wordsOf(name);
    return words.length > 0 && words.every((word) => said.has(word));
  });
  return meant.length === 1 ? meant[0]![0] : null;
}

/** Without case and accents: people type names as their telephone lets them. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
  return plain.match(/[\p{Letter}\p{Mark}'’-]+/gu) ?? [];
}

import { companionsOf, type IncomingRow, type SortedRows } from './incoming.js';

/**
 * Rows in portions of about `size`, each visit together with those of them who take part in it: a page of a hundred
 * group visits may name ten thousand patients, and what is stored at once is held in memory several times over.
 */
export function portionsOf(found: SortedRows, size: number): SortedRows[] {
  if (found.rows.length <= 2 * size) return [found];
  const others = new Map(
    found.rows.filter(({ type }) => type !== 'Appointment').map((row) => [row.key, row]),
  );
  const portions: Set<IncomingRow>[] = [new Set()];
  for (const visit of found.rows.filter(({ type }) => type === 'Appointment')) {
    if (portions.at(-1)!.size >= size) portions.push(new Set());
    const portion = portions.at(-1)!.add(visit);
    for (const key of companionsOf([visit])) if (others.has(key)) portion.add(others.get(key)!);
  }
  const named = new Set(portions.flatMap((portion) => [...portion]));
  const rest = found.rows.filter((row) => !named.has(row));
  for (let start = 0; start < rest.length; start += size)
    portions.push(new Set(rest.slice(start, start + size)));
  return portions.map((portion, at) => ({ rows: [...portion], bad: at === 0 ? found.bad : [] }));
}

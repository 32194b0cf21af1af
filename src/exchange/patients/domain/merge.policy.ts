/**
 * `active`: the survivor stands for the record. `waiting`: the survivor has not been read yet. `loop`, `too-long`: an
 * error of the EHR's, under which every record stands for itself.
 */
export type AliasState = 'active' | 'waiting' | 'loop' | 'too-long' | 'ended';

/** The EHR says that one record was replaced by another. FHIR ids of one connection. */
export interface Replacement {
  merged: string;
  survivor: string;
}

/** What a chain of replacements comes to. */
export type Standing =
  { state: 'active' | 'waiting'; survivor: string } | { state: 'loop' | 'too-long'; survivor: null };

/** More joins than this in one chain are a mistake in the EHR: real ones have two or three. */
export const MOST_JOINS = 10;

/**
 * Who stands for each replaced record: the end of its chain. Whatever leads into a loop, or is longer than
 * MOST_JOINS, stands for itself. What order the replacements came in makes no difference.
 */
export function standingsOf(
  replacements: readonly Replacement[],
  isKnown: (fhirId: string) => boolean,
): Map<string, Standing> {
  const next = new Map(replacements.map(({ merged, survivor }) => [merged, survivor]));
  return new Map([...next.keys()].map((merged) => [merged, standingOf(merged, next, isKnown)]));
}

function standingOf(
  merged: string,
  next: ReadonlyMap<string, string>,
  isKnown: (fhirId: string) => boolean,
): Standing {
  const met = new Set([merged]);
  let survivor = merged;
  for (let after = next.get(survivor); after !== undefined; after = next.get(survivor)) {
    if (met.has(after)) return { state: 'loop', survivor: null };
    if (met.size > MOST_JOINS) return { state: 'too-long', survivor: null };
    met.add(after);
    survivor = after;
  }
  return { state: isKnown(survivor) ? 'active' : 'waiting', survivor };
}

import { type Failure, failureOf } from './exit-codes.js';
import type { Chosen } from './organizations.js';

/** What came of one hospital. */
export type Result<T> = { organization: string } & ({ value: T } | { failure: Failure });

/** One hospital after the other. One that fails does not silence the others. */
export async function eachOrganization<T>(
  chosen: readonly Chosen[],
  work: (organization: Chosen) => Promise<T>,
): Promise<Result<T>[]> {
  const results: Result<T>[] = [];
  for (const one of chosen) {
    try {
      results.push({ organization: one.slug, value: await work(one) });
    } catch (error) {
      results.push({ organization: one.slug, failure: failureOf(error) });
    }
  }
  return results;
}

/** The command's exit code is that of the first. */
export function failuresOf<T>(results: readonly Result<T>[]): Failure[] {
  return results.flatMap((result) => ('failure' in result ? [result.failure] : []));
}

export function resultDocument<T extends object>(result: Result<T>): object {
  const { organization } = result;
  if ('value' in result) return { organization, ...result.value };
  return { organization, error: { code: result.failure.code, words: result.failure.words } };
}

export function resultLine<T>(result: Result<T>, say: (value: T) => string): string {
  const words = 'value' in result ? say(result.value) : result.failure.words.join(' ');
  return `${result.organization}: ${words}`;
}

import { Fault } from '../../../platform/errors/fault.js';

/** Works every item, also after one has failed; then throws the first failure, so that the job is tried again. */
export async function eachAlone<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** Works all items at once; if that fails each alone, so that one bad item stops no other. */
export async function togetherElseAlone<T>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<void>,
): Promise<void> {
  try {
    await work(items);
  } catch (error) {
    // What would fail for every item is no fault of one: the job is tried again as a whole.
    if (error instanceof Fault && error.retryable) throw error;
    await eachAlone(items, (item) => work([item]));
  }
}

import type { Clock } from '../clock.js';

interface Found {
  at: number;
  ids: string[];
}

/** What searches found, for a server that gives an identical one the same rows for a while. */
export class SearchCache {
  readonly #found = new Map<string, Found>();

  constructor(private readonly clock: Clock) {}

  /** The ids that `find` gives, or those of the same question less than `seconds` ago. */
  ids(question: string, seconds: number, find: () => string[]): string[] {
    const now = this.clock.now().getTime();
    const known = this.#found.get(question);
    if (known && now - known.at < seconds * 1000) return known.ids;
    const ids = find();
    this.#found.set(question, { at: now, ids });
    return ids;
  }
}

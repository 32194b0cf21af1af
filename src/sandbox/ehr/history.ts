/** One FHIR request as the server saw it: never a query, a body or a name. */
export interface HistoryEntry {
  n: number;
  at: string;
  hospital: string;
  method: string;
  interaction: string;
  resourceType: string | undefined;
  /** The id that was addressed, or that a create was given. */
  id: string | undefined;
  /** What the server decided; 0 when it decided nothing. The client may never have seen it (see `fault`). */
  status: number;
  ifMatch: boolean;
  ifNoneExist: boolean;
  /** Of the answer's body. */
  bytes: number;
  /** The fault that spoiled the answer. */
  fault?: string;
}

export class History {
  readonly #entries: HistoryEntry[] = [];

  record(entry: Omit<HistoryEntry, 'n'>): void {
    this.#entries.push({ n: this.#entries.length + 1, ...entry });
  }

  /** Entries after number `since` whose fields equal those of `filter`, compared as text. */
  after(since: number, filter: Record<string, string>): HistoryEntry[] {
    const wanted = Object.entries(filter);
    return this.#entries
      .slice(since)
      .filter((entry) =>
        wanted.every(([field, value]) => String(entry[field as keyof HistoryEntry]) === value),
      );
  }
}

import type { Clock } from './clock.js';
import type { Resource, StoredResource } from './resource.js';
import { ResourceIndex } from './resource-index.js';
import type { Criterion } from './search/criterion.js';
import type { Parameter } from './search/parameter-kinds.js';

export interface StoreOptions {
  parameters: Record<string, Parameter>;
  zone: string;
  clock: Clock;
  /** Hears of each row that changes or goes. */
  changed?: (id: string) => void;
}

/** The current version of every resource of one type; what was deleted leaves only its version number. */
export class ResourceStore {
  readonly #rows = new Map<string, StoredResource>();
  readonly #deleted = new Map<string, number>();
  readonly #index: ResourceIndex;
  readonly #clock: Clock;
  readonly #changed: (id: string) => void;
  #late: { row: StoredResource; at: number }[] = [];

  constructor({ parameters, zone, clock, changed = () => undefined }: StoreOptions) {
    this.#index = new ResourceIndex(parameters, zone);
    this.#clock = clock;
    this.#changed = changed;
  }

  get size(): number {
    this.#catchUp();
    return this.#rows.size;
  }

  all(): StoredResource[] {
    this.#catchUp();
    return [...this.#rows.values()];
  }

  get(id: string): StoredResource | undefined {
    this.#catchUp();
    return this.#rows.get(id);
  }

  /** For a row that was there and deleted before anybody looked. */
  markDeleted(id: string): void {
    this.#deleted.set(id, 2);
  }

  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  find(criteria: Criterion[]): StoredResource[] {
    this.#catchUp();
    const ids = this.#index.candidates(criteria);
    const rows = ids ? [...ids].map((id) => this.#rows.get(id) as StoredResource) : this.all();
    return rows.filter((row) => criteria.every(({ matches }) => matches(row)));
  }

  /** The resource as its next version, not stored yet; of this moment unless `at` is given. */
  stamp(resource: Resource, id: string, at = this.#clock.now()): StoredResource {
    const version = Number(this.#rows.get(id)?.meta.versionId ?? this.#deleted.get(id) ?? 0) + 1;
    const meta = {
      ...resource.meta,
      versionId: String(version),
      lastUpdated: at.toISOString(),
    };
    return { ...resource, id, meta };
  }

  /** Stores the row as it is, under its own version and time. */
  put(row: StoredResource): void {
    const before = this.#rows.get(row.id);
    if (before) this.#index.remove(before);
    this.#deleted.delete(row.id);
    this.#rows.set(row.id, row);
    this.#index.add(row);
    this.#changed(row.id);
  }

  /** Stores the row as a transaction does that takes so long: nobody sees it before. */
  putLate(row: StoredResource, delayMs: number): void {
    this.#late.push({ row, at: this.#clock.now().getTime() + delayMs });
  }

  #catchUp(): void {
    if (this.#late.length === 0) return;
    const now = this.#clock.now().getTime();
    const due = this.#late.filter(({ at }) => at <= now);
    this.#late = this.#late.filter(({ at }) => at > now);
    for (const { row } of due) this.put(row);
  }

  remove(row: StoredResource): void {
    this.#index.remove(row);
    this.#rows.delete(row.id);
    this.#deleted.set(row.id, Number(row.meta.versionId) + 1);
    this.#changed(row.id);
  }
}

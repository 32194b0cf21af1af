import type { Criterion } from './search/criterion.js';
import { tokenKeys } from './search/criterion.js';
import { storedSpan } from './search/date-range.js';
import type { Parameter } from './search/parameter-kinds.js';
import type { StoredResource } from './resource.js';

type Ids = Set<string>;

/** Finds the rows of one type by value or by stretch of time without reading the others. */
export class ResourceIndex {
  readonly #byKey = new Map<string, Map<string, Ids>>();
  readonly #byBucket = new Map<string, Map<number, Ids>>();
  readonly #indexed: [string, Parameter][];

  constructor(
    private readonly parameters: Record<string, Parameter>,
    private readonly zone: string,
  ) {
    this.#indexed = Object.entries(parameters).filter(([, { index }]) => index);
    for (const [name, { type }] of this.#indexed) {
      if (type === 'date') this.#byBucket.set(name, new Map());
      else this.#byKey.set(name, new Map());
    }
  }

  add(resource: StoredResource): void {
    this.#places(resource, (places, place) => {
      const ids = places.get(place);
      if (ids) ids.add(resource.id);
      else places.set(place, new Set([resource.id]));
    });
  }

  remove(resource: StoredResource): void {
    this.#places(resource, (places, place) => {
      places.get(place)?.delete(resource.id);
      if (places.get(place)?.size === 0) places.delete(place);
    });
  }

  /** A superset of the matching ids: the smallest that one index gives; undefined when none helps. */
  candidates(criteria: Criterion[]): Ids | undefined {
    return together(criteria)
      .map((criterion) => this.#lookUp(criterion))
      .filter((ids) => ids !== undefined)
      .sort((a, b) => a.size - b.size)[0];
  }

  #lookUp({ name, keys, within }: Sought): Ids | undefined {
    const byKey = this.#byKey.get(name);
    if (byKey && keys) return union(keys.map((key) => byKey.get(key)));
    const byBucket = this.#byBucket.get(name);
    if (!byBucket || !within || (within.from === -Infinity && within.to === Infinity)) return undefined;
    const [first, last] = [this.#bucket(name, within.from), this.#bucket(name, within.to)];
    return union([...byBucket].filter(([bucket]) => bucket >= first && bucket <= last).map(([, ids]) => ids));
  }

  #places(resource: StoredResource, visit: (places: Map<unknown, Ids>, place: unknown) => void): void {
    for (const [name, parameter] of this.#indexed) {
      const places = (this.#byKey.get(name) ?? this.#byBucket.get(name)) as Map<unknown, Ids>;
      for (const place of new Set(this.#keysOf(name, parameter, resource))) visit(places, place);
    }
  }

  #keysOf(name: string, parameter: Parameter, resource: StoredResource): (string | number)[] {
    if (parameter.type === 'token') return parameter.values(resource).flatMap(tokenKeys);
    if (parameter.type === 'reference') return parameter.values(resource);
    return parameter.values(resource).flatMap((value) => {
      const span = storedSpan(value, this.zone);
      return span ? [this.#bucket(name, span.from)] : [];
    });
  }

  #bucket(name: string, at: number): number {
    const { index } = this.parameters[name] as Parameter & { type: 'date' };
    return Math.floor(at / (index as { bucketMs: number }).bucketMs);
  }
}

type Sought = Pick<Criterion, 'name' | 'keys' | 'within'>;

/** A window is asked for as two criteria, `ge` and `lt`: only both together leave few rows. */
function together(criteria: Criterion[]): Sought[] {
  const windows = new Map<string, Sought>();
  for (const { name, within } of criteria) {
    if (!within) continue;
    const known = windows.get(name)?.within;
    const from = Math.max(within.from, known?.from ?? -Infinity);
    windows.set(name, { name, within: { from, to: Math.min(within.to, known?.to ?? Infinity) } });
  }
  return [...criteria.filter(({ within }) => !within), ...windows.values()];
}

function union(sets: (Ids | undefined)[]): Ids {
  const found: Ids = new Set();
  for (const set of sets) for (const id of set ?? []) found.add(id);
  return found;
}

/** Writes whatever waits, one write after the other: under load many items share a commit, alone one waits for nothing. */
export class GroupWriter<T> {
  private waiting: T[] = [];
  private next: Promise<void> | null = null;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly write: (items: T[]) => Promise<void>) {}

  /** Resolves once the item has been written; rejects with what its write threw, as do all that shared it. */
  add(item: T): Promise<void> {
    this.waiting.push(item);
    this.next ??= this.last = this.last.then(
      () => this.flush(),
      () => this.flush(),
    );
    return this.next;
  }

  private flush(): Promise<void> {
    const items = this.waiting;
    this.waiting = [];
    this.next = null;
    return this.write(items);
  }
}

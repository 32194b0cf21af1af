/**
 * Batches that go through two steps in their order, each step one batch at a time: while one is in its second step, the
 * next is in its first. A step that fails is thrown by the next call, and no batch is put behind it.
 */
export class TwoSteps<Batch, Between> {
  private first: Promise<unknown> = Promise.resolve();
  private second: Promise<void> = Promise.resolve();
  private secondBefore: Promise<void> = Promise.resolve();

  constructor(
    private readonly begin: (batch: Batch) => Promise<Between>,
    private readonly finish: (between: Between) => Promise<void>,
  ) {}

  /** Resolves when the batch has begun, so that whoever brings them waits for who works them. */
  async put(batch: Batch): Promise<void> {
    await this.first;
    await this.secondBefore;
    const begun = this.begin(batch);
    const before = this.second;
    const finished = before.then(async () => this.finish(await begun));
    // Told by whoever awaits them next.
    begun.catch(() => undefined);
    finished.catch(() => undefined);
    [this.first, this.secondBefore, this.second] = [begun, before, finished];
  }

  /** Resolves when nothing is under way any more, also when something has failed; throws what failed. */
  async end(): Promise<void> {
    await Promise.allSettled([this.first, this.secondBefore, this.second]);
    await this.secondBefore;
    await this.first;
    await this.second;
  }
}

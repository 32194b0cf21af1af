/**
 * Whether somebody wants this process to end. Knows nothing else, so that it can be made before the product is loaded:
 * a first process of a container gets no signal at all while it has no listener for it.
 */
export class StopWish {
  /** On the process's own clock, in milliseconds; null while nobody has asked. */
  askedAt: number | null = null;
  /** Resolves when the first wish comes. */
  readonly come: Promise<void>;

  constructor() {
    this.come = new Promise((resolve) => {
      const ask = (): void => {
        this.askedAt ??= performance.now();
        resolve();
      };
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ask);
      // A parent that started us with a channel and is gone has left nobody to stop us.
      if (process.channel) process.on('disconnect', ask);
      process.channel?.unref();
    });
  }

  get asked(): boolean {
    return this.askedAt !== null;
  }
}

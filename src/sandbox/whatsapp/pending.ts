export interface Pending {
  readonly count: number;
  begin(): void;
  end(): void;
  /** True when nothing is pending, or becomes so before the limit. */
  idle(limitMs: number): Promise<boolean>;
}

/** Counts ladder steps and webhooks that are still to come. */
export function makePending(): Pending {
  let count = 0;
  const waiting = new Set<() => void>();
  const idle = (limitMs: number): Promise<boolean> => {
    if (count === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (idle: boolean) => {
        clearTimeout(timer);
        waiting.delete(onIdle);
        resolve(idle);
      };
      const onIdle = () => finish(true);
      const timer = setTimeout(() => finish(false), limitMs).unref();
      waiting.add(onIdle);
    });
  };
  return {
    get count() {
      return count;
    },
    begin: () => void (count += 1),
    end: () => {
      count -= 1;
      if (count === 0) for (const tell of [...waiting]) tell();
    },
    idle,
  };
}

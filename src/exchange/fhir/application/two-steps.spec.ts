import { TwoSteps } from './two-steps.js';

/** Steps that end when the test says so. */
class Hands {
  readonly log: string[] = [];
  private readonly waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  readonly begin = async (batch: number): Promise<number> => {
    await this.work(`first ${batch}`);
    return batch;
  };
  readonly finish = (batch: number): Promise<void> => this.work(`second ${batch}`);

  async end(name: string): Promise<void> {
    this.waiting.get(name)!.resolve();
    await settled();
  }

  async fail(name: string): Promise<void> {
    this.waiting.get(name)!.reject(new Error(name));
    await settled();
  }

  private work(name: string): Promise<void> {
    this.log.push(name);
    return new Promise((resolve, reject) => this.waiting.set(name, { resolve, reject }));
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('batches in two steps', () => {
  it('begin while the one before is finished, each step one at a time', async () => {
    const hands = new Hands();
    const steps = new TwoSteps(hands.begin, hands.finish);
    await steps.put(1);
    void steps.put(2);
    await settled();
    expect(hands.log).toEqual(['first 1']);
    await hands.end('first 1');
    expect(hands.log).toEqual(['first 1', 'second 1', 'first 2']);
    await hands.end('first 2');
    expect(hands.log).not.toContain('second 2');
    await hands.end('second 1');
    expect(hands.log.at(-1)).toBe('second 2');
  });

  it('let nobody bring more than one that waits', async () => {
    const hands = new Hands();
    const steps = new TwoSteps(hands.begin, hands.finish);
    await steps.put(1);
    await hands.end('first 1');
    await steps.put(2);
    await hands.end('first 2');
    void steps.put(3);
    await settled();
    expect(hands.log).not.toContain('first 3');
    await hands.end('second 1');
    expect(hands.log).toContain('first 3');
  });

  it.each(['first 1', 'second 1'])(
    'end with the failure of %s, and nothing behind it is finished',
    async (step) => {
      const hands = new Hands();
      const steps = new TwoSteps(hands.begin, hands.finish);
      await steps.put(1);
      if (step === 'second 1') await hands.end('first 1');
      await hands.fail(step);
      await steps.put(2).catch(() => undefined);
      if (hands.log.includes('first 2')) await hands.end('first 2');
      await expect(steps.end()).rejects.toThrow(step);
      expect(hands.log).not.toContain('second 2');
    },
  );

  it('end only when nothing is under way any more, also after one has failed', async () => {
    const hands = new Hands();
    const steps = new TwoSteps(hands.begin, hands.finish);
    await steps.put(1);
    await hands.end('first 1');
    await steps.put(2);
    await hands.fail('first 2');
    let ended = false;
    const ending = steps.end().catch((error: Error) => {
      ended = true;
      return error.message;
    });
    await settled();
    expect(ended).toBe(false);
    await hands.end('second 1');
    expect(await ending).toBe('first 2');
  });
});

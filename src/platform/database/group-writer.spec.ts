import { setTimeout as sleep } from 'node:timers/promises';
import { GroupWriter } from './group-writer.js';

describe('a group writer', () => {
  it('writes at once what comes alone, and together what came meanwhile', async () => {
    const writes: number[][] = [];
    const writer = new GroupWriter<number>(async (items) => {
      writes.push(items);
      await sleep(10);
    });
    const first = writer.add(1);
    await sleep(1);
    await Promise.all([writer.add(2), writer.add(3), first]);
    expect(writes).toEqual([[1], [2, 3]]);
  });

  it('never writes two groups at the same time, and answers each item after its own write', async () => {
    let under = 0;
    const done: number[] = [];
    const writer = new GroupWriter<number>(async (items) => {
      expect(++under).toBe(1);
      await sleep(5);
      done.push(...items);
      under--;
    });
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        await sleep(n % 7);
        await writer.add(n);
        expect(done).toContain(n);
      }),
    );
    expect(done).toHaveLength(50);
  });

  it('tells a failure to those who shared the write, and to nobody after them', async () => {
    const writer = new GroupWriter<string>(async (items) => {
      await sleep(1);
      if (items.includes('bad')) throw new Error('refused');
    });
    const bad = writer.add('bad');
    await expect(bad).rejects.toThrow('refused');
    await expect(writer.add('good')).resolves.toBeUndefined();
  });
});

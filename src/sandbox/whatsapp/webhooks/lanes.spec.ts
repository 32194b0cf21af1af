import type { Delivery } from './deliveries.js';
import { makeLanes } from './lanes.js';
import { retryDueAt } from './schedule.js';

const DAY_MS = 24 * 60 * 60 * 1000;

const delivery = (n: number): Delivery =>
  ({ n, bytes: Buffer.from(String(n)), tries: 0, status: 0, outcome: 'waiting' }) as Delivery;

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('lanes', () => {
  test('give up a delivery after seven days of the sandbox clock and go on with the next', async () => {
    let now = 0;
    const ended: string[] = [];
    const answers = { '1': 500, '2': 200 } as Record<string, number>;
    const lanes = makeLanes({
      now: () => now,
      parallel: () => 1,
      send: async ({ bytes }) => answers[bytes.toString()]!,
      ended: () => void ended.push('one'),
    });
    const [hopeless, fine] = [delivery(1), delivery(2)];
    lanes.add('a', hopeless);
    lanes.add('a', fine);
    for (let day = 0; day < 7; day += 1) {
      await settled();
      expect(hopeless).toMatchObject({ tries: day + 1, outcome: 'waiting' });
      now += DAY_MS;
      lanes.retryDue();
    }
    await settled();
    expect(hopeless).toMatchObject({ tries: 8, outcome: 'given-up' });
    expect(fine).toMatchObject({ tries: 1, outcome: 'delivered' });
    expect(ended).toHaveLength(2);
  });

  test('never send more at a time than allowed', async () => {
    let [now, most] = [0, 0];
    const send = async () => {
      now += 1;
      most = Math.max(most, now);
      await settled();
      now -= 1;
      return 200;
    };
    let left = 100;
    await new Promise<void>((resolve) => {
      const lanes = makeLanes({
        now: () => 0,
        parallel: () => 4,
        send,
        ended: () => (left -= 1) === 0 && resolve(),
      });
      for (let n = 1; n <= 100; n += 1) lanes.add(`lane ${n}`, delivery(n));
    });
    expect(most).toBe(4);
  });
});

describe('the schedule of seven days', () => {
  test.each([
    [0, 1],
    [1, 5],
    [30, 60],
    [720, 1440],
    [10_079, 10_080],
    [10_080, Infinity],
  ])('a try in minute %i is followed by one in minute %i', (last, due) => {
    expect(retryDueAt(0, last * 60_000)).toBe(due * 60_000);
  });
});

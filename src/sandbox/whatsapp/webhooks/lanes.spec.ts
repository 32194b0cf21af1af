import type { Delivery } from './deliveries.js';
import { makeLanes, MAX_TRIES } from './lanes.js';

const delivery = (n: number): Delivery =>
  ({ n, bytes: Buffer.from(String(n)), tries: 0, status: 0, outcome: 'waiting' }) as Delivery;

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('lanes', () => {
  test('give up a delivery after the last try and go on with the next', async () => {
    const ended: string[] = [];
    const answers = { '1': 500, '2': 200 } as Record<string, number>;
    const lanes = makeLanes({
      parallel: () => 1,
      send: async ({ bytes }) => answers[bytes.toString()]!,
      ended: () => void ended.push('one'),
    });
    const [hopeless, fine] = [delivery(1), delivery(2)];
    lanes.add('a', hopeless);
    lanes.add('a', fine);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      await settled();
      lanes.retryAtOnce();
    }
    await settled();
    expect(hopeless).toMatchObject({ tries: MAX_TRIES, outcome: 'given-up' });
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
      const lanes = makeLanes({ parallel: () => 4, send, ended: () => (left -= 1) === 0 && resolve() });
      for (let n = 1; n <= 100; n += 1) lanes.add(`lane ${n}`, delivery(n));
    });
    expect(most).toBe(4);
  });
});

import type { Account, Conversation } from '../model.js';
import { NOW, NUMBER, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';
import { spendRates } from './rate-limits.js';

describe('the rate limits of a number', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const settings = (given: object) => bench.control('POST', '/settings', given);
  const advance = (duration: string) => bench.control('POST', '/clock', { advance: duration });
  const patient = (n: number) => `1${300 + Math.floor(n / 100)}55501${String(n % 100).padStart(2, '0')}`;
  const codes = async (count: number, to: (n: number) => string) => {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) => bench.send({ ...reminder(), to: to(n) })),
    );
    return answers.flatMap(({ body }) => (body.error ? [body.error.code] : []));
  };

  test('are off unless they are asked for', async () => {
    expect(await codes(100, () => patient(1))).toEqual([]);
  });

  test('a number whose throughput is used up refuses until its time has come', async () => {
    await settings({ number_rate_limit: true });
    expect(await codes(1, patient)).toEqual([]);
    // Real time runs while sends are on their way; set back, the clock leaves the number with its time spent.
    await bench.control('POST', '/clock', { set: new Date(NOW.getTime() - 3_600_000).toISOString() });
    expect(await codes(2, patient)).toEqual([130429, 130429]);
    await advance('PT1H');
    expect(await codes(2, patient)).toEqual([]);
  });

  test.each([
    ['STANDARD', 80, 13],
    ['HIGH', 1000, 1],
  ] as const)(
    'a number of level %s takes %i at one instant, and one more %i ms later',
    (throughput, burst, ms) => {
      const account = { throughput, paidUntil: 0, settings: { numberRateLimit: true } } as Account;
      const conversation = { paidUntil: 0 } as Conversation;
      const spend = (afterMs: number) => spendRates(account, conversation, new Date(NOW.getTime() + afterMs));
      for (let n = 0; n < burst; n += 1) spend(0);
      expect(() => spend(0)).toThrow('130429');
      spend(ms);
      expect(() => spend(ms)).toThrow('130429');
    },
  );

  test('an upgraded number takes more, tells its level, and the business hears of it', async () => {
    await settings({ number_rate_limit: true });
    await bench.control('POST', '/numbers', { phone_number_id: NUMBER, throughput: 'HIGH' });
    expect(await codes(200, patient)).toEqual([]);
    expect((await bench.graph('GET', `/${NUMBER}?fields=throughput`)).body.throughput).toEqual({
      level: 'HIGH',
    });
    await bench.idle();
    expect(bench.receiver.values()).toContainEqual({
      display_phone_number: '12125550100',
      event: 'THROUGHPUT_UPGRADE',
      max_daily_conversations_per_business: 'TIER_UNLIMITED',
    });
  });

  test('a patient gets 45 at once and then one in six seconds, whatever the others get', async () => {
    await settings({ pair_rate_limit: true });
    expect(await codes(46, () => patient(1))).toEqual([131056]);
    expect(await codes(1, () => patient(2))).toEqual([]);
    await advance('PT6S');
    expect(await codes(1, () => patient(1))).toEqual([]);
    expect(await codes(1, () => patient(1))).toEqual([131056]);
  });
});

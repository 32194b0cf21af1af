import { NUMBER, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';

describe('the switches of a crash harness', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const fault = (name: string, more: object = {}) => bench.control('POST', '/faults', { name, ...more });
  const held = async (atLeast = 0) => (await bench.control('GET', `/held?at_least=${atLeast}`)).body;
  const attempts = async () => (await bench.control('GET', '/attempts')).body.data;
  const sendOne = (callbackData: string) =>
    bench.send({ ...reminder(), biz_opaque_callback_data: callbackData });

  test('a held answer is accepted, told by webhook, and waits until it is released', async () => {
    await fault('hold-answer', { count: 1 });
    const answer = sendOne('a1');
    expect(await held(1)).toMatchObject({
      count: 1,
      data: [
        {
          endpoint: 'POST messages',
          phone_number_id: NUMBER,
          attempt: 1,
          wamid: expect.stringMatching(/^wamid\./),
          biz_opaque_callback_data: 'a1',
        },
      ],
    });
    await bench.idle();
    expect(bench.receiver.statuses().map(({ status }) => status)).toEqual(['sent', 'delivered']);
    expect(await attempts()).toMatchObject([{ outcome: 'accepted', answered: false }]);

    expect((await bench.control('POST', '/release')).body).toEqual({ released: 1 });
    expect((await answer).status).toBe(200);
    expect(await held()).toMatchObject({ count: 0 });
    expect(await attempts()).toMatchObject([{ answered: true }]);
  });

  test('some of many are released, the oldest first', async () => {
    await fault('hold-answer');
    const first = sendOne('a1');
    await held(1);
    const second = sendOne('a2');
    await held(2);
    expect((await bench.control('POST', '/release', { count: 1 })).body).toEqual({ released: 1 });
    expect((await first).status).toBe(200);
    expect((await held()).data).toMatchObject([{ biz_opaque_callback_data: 'a2' }]);
    await bench.control('POST', '/release');
    expect((await second).status).toBe(200);
  });

  test('a client that dies is held no longer, and its message stays accepted', async () => {
    await fault('hold-answer');
    const controller = new AbortController();
    const url = `${bench.url}/v25.0/${NUMBER}/messages`;
    const headers = { authorization: 'Bearer token-of-a-test' };
    const body = JSON.stringify({ messaging_product: 'whatsapp', to: '12125550142', ...reminder() });
    const gone = fetch(url, { method: 'POST', headers, body, signal: controller.signal });
    await held(1);
    controller.abort();
    await expect(gone).rejects.toThrow();
    while ((await held()).count > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect((await bench.control('POST', '/release')).body).toEqual({ released: 0 });
    expect(await attempts()).toMatchObject([{ outcome: 'accepted', answered: false }]);
  });

  test.each(['hold-answer', 'drop-answer'])(
    'statuses of %s never come when that is asked for',
    async (name) => {
      await fault(name, { count: 1, statuses: false });
      const lost = sendOne('a1').catch(() => undefined);
      if (name === 'hold-answer') await held(1);
      else await lost;
      await bench.idle();
      expect(bench.receiver.statuses()).toEqual([]);
      await bench.control('POST', '/release');
      await lost;
      await sendOne('a2');
      await bench.idle();
      expect(bench.receiver.statuses().map((status) => status.biz_opaque_callback_data)).toEqual([
        'a2',
        'a2',
      ]);
    },
  );

  test('a latency lets many sends wait at the same time', async () => {
    await bench.control('POST', '/settings', { latency_ms: 150 });
    const started = Date.now();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => sendOne(`a${n}`)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(Date.now() - started).toBeGreaterThanOrEqual(145);
    // One after the other they would take three seconds.
    expect(Date.now() - started).toBeLessThan(20 * 150);
  });
});

describe('the statuses of one number among several', () => {
  const OTHER = '100200301';
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench([{}, { phoneNumberId: OTHER, displayPhoneNumber: '+1 212 555 0101' }]);
  });
  afterEach(() => bench.close());

  const sendFrom = (number: string) =>
    bench.graph('POST', `/${number}/messages`, {
      messaging_product: 'whatsapp',
      to: '12125550142',
      ...reminder(),
    });
  const told = () =>
    bench.receiver
      .values()
      .map(({ metadata, statuses }) => `${metadata.phone_number_id} ${statuses[0].status}`);

  test('are delayed for that number alone', async () => {
    await bench.control('POST', '/settings', { phone_number_id: NUMBER, status_delay_ms: 200 });
    await sendFrom(NUMBER);
    await sendFrom(OTHER);
    await bench.idle();
    expect(told()).toEqual([`${OTHER} sent`, `${OTHER} delivered`, `${NUMBER} sent`, `${NUMBER} delivered`]);
  });

  test('are muted for that number alone', async () => {
    await bench.control('POST', '/faults', { name: 'mute-statuses', phone_number_id: NUMBER });
    await sendFrom(NUMBER);
    await sendFrom(OTHER);
    await bench.idle();
    expect(told()).toEqual([`${OTHER} sent`, `${OTHER} delivered`]);
  });
});

import { NUMBER, PATIENT, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';

describe('delivering webhooks', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const said = () => bench.receiver.messages().map((message) => message.text.body);
  const deliveries = async () => (await bench.control('GET', '/deliveries')).body.data;

  const heard = async (times: number) => {
    while (bench.receiver.received.length < times) await new Promise((resolve) => setTimeout(resolve, 2));
    // The courier has to have read the answer too, before the clock is moved.
    await new Promise((resolve) => setTimeout(resolve, 40));
  };

  test.each([400, 404, 503, 201, 302, 0])('an answer of %i is retried until it is 200', async (status) => {
    bench.receiver.answers.push(status, status);
    await bench.say('Hello');
    await bench.idle();
    expect(said()).toEqual(['Hello', 'Hello', 'Hello']);
    expect(new Set(bench.receiver.received.map(({ bytes }) => bytes.toString())).size).toBe(1);
    expect(await deliveries()).toMatchObject([
      { n: 1, tries: 3, status: 200, outcome: 'delivered', phone_number_id: NUMBER, fields: ['messages'] },
    ]);
  });

  test('an answer that does not come in time is retried', async () => {
    await bench.control('POST', '/settings', { webhook_timeout_ms: 20 });
    bench.receiver.delayMs = 500;
    await bench.say('Hello');
    await heard(1);
    expect(await deliveries()).toMatchObject([{ status: 0, outcome: 'waiting' }]);
    bench.receiver.delayMs = 0;
    await bench.control('POST', '/settings', { webhook_timeout_ms: 5_000 });
    await bench.idle();
    expect(await deliveries()).toMatchObject([{ status: 200, outcome: 'delivered' }]);
  });

  test('what a patient says arrives in order, also through retries, and holds up nobody else', async () => {
    bench.receiver.answers.push(500);
    await bench.say('one');
    await bench.say('two');
    await bench.say('three');
    await bench.control('POST', '/contacts/12125550143/say', {
      phone_number_id: NUMBER,
      text: 'someone else',
    });
    await bench.idle();
    expect(said()).toEqual(['one', 'someone else', 'one', 'two', 'three']);
  });

  test('moving the clock tries again at once what is due by then', async () => {
    bench.receiver.answers.push(500, 404, 0);
    await bench.say('Hello');
    const started = Date.now();
    for (const [tries, advance] of [
      [1, 'PT1M'],
      [2, 'PT10M'],
      [3, 'PT26H'],
    ] as const) {
      await heard(tries);
      await bench.control('POST', '/clock', { advance });
    }
    await bench.idle();
    expect(bench.receiver.received).toHaveLength(4);
    // By itself it would have waited 0.2, 0.5 and 1 s.
    expect(Date.now() - started).toBeLessThan(1_700);
  });

  test('moving it by less waits for the next try of real time', async () => {
    bench.receiver.answers.push(500);
    const started = Date.now();
    await bench.say('Hello');
    await heard(1);
    await bench.control('POST', '/clock', { advance: 'PT50S' });
    await heard(2);
    expect(Date.now() - started).toBeGreaterThanOrEqual(195);
  });

  test('after seven days a delivery is given up, and only then', async () => {
    bench.receiver.answers.push(500, 500, 500);
    await bench.say('Hello');
    await heard(1);
    await bench.control('POST', '/clock', { advance: 'P6D' });
    await heard(2);
    expect(await deliveries()).toMatchObject([{ tries: 2, outcome: 'waiting' }]);
    await bench.control('POST', '/clock', { advance: 'P1D' });
    await bench.idle();
    expect(await deliveries()).toMatchObject([{ tries: 3, outcome: 'given-up' }]);
  });

  test('a delivery can be sent again, byte for byte', async () => {
    await bench.say('Hello');
    await bench.idle();
    expect((await bench.control('POST', '/deliveries/1/redeliver')).body).toEqual({ status: 200 });
    expect(bench.receiver.received[1]!.bytes).toEqual(bench.receiver.received[0]!.bytes);
    expect((await bench.control('POST', '/deliveries/9/redeliver')).status).toBe(404);
  });

  test('duplicates come as often as asked', async () => {
    await bench.control('POST', '/faults', { name: 'duplicate-webhooks', count: 3 });
    await bench.say('Hello');
    await bench.idle();
    expect(said()).toEqual(['Hello', 'Hello', 'Hello']);
  });

  test('muted statuses never come, though they were reached', async () => {
    await bench.control('POST', '/faults', { name: 'mute-statuses' });
    await bench.send(reminder());
    await bench.say('Hello');
    await bench.idle();
    expect(bench.receiver.statuses()).toEqual([]);
    expect(said()).toEqual(['Hello']);
    expect((await bench.control('GET', '/messages')).body.data[0].statuses).toHaveProperty('delivered');
  });

  test('reordered statuses come as read, delivered, sent, with their own times', async () => {
    await bench.control('POST', '/faults', { name: 'reorder-statuses' });
    await bench.send(reminder());
    await bench.idle();
    expect(bench.receiver.statuses().map(({ status }) => status)).toEqual(['read', 'delivered', 'sent']);
    const times = bench.receiver.statuses().map(({ timestamp }) => Number(timestamp));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  test('a batch is one POST of several updates, flushed in time when it does not fill', async () => {
    await bench.control('POST', '/faults', { name: 'batch', count: 4, seconds: 0.05 });
    await bench.send(reminder());
    await bench.say('one');
    await bench.control('POST', '/contacts/12125550143/say', { phone_number_id: NUMBER, text: 'two' });
    await bench.say('three');
    await bench.idle();
    expect(bench.receiver.received.map(({ body }) => body.entry[0].changes.length)).toEqual([4, 1]);
    expect([...said()].sort()).toEqual(['one', 'three', 'two']);
    expect(bench.receiver.statuses()).toHaveLength(2);
  });

  test('idle waits for a webhook that is still to come', async () => {
    bench.receiver.answers.push(500);
    await bench.say('Hello');
    expect((await bench.control('GET', '/idle')).body).toEqual({ idle: true, pending: 0 });
    expect(bench.receiver.received).toHaveLength(2);
  });

  test('nothing is lost while the receiver is away', async () => {
    await bench.close();
    bench = await startBench([{ webhookUrl: 'http://127.0.0.1:9/' }]);
    await bench.say('Hello');
    await bench.control('POST', '/webhook', { phone_number_id: NUMBER, url: bench.receiver.url });
    await bench.idle();
    expect(bench.receiver.messages()).toMatchObject([{ text: { body: 'Hello' }, from: PATIENT }]);
  });

  test('a batch holds an entry for each business of one callback address and app secret', async () => {
    await bench.close();
    const other = {
      phoneNumberId: '100200301',
      displayPhoneNumber: '+1 212 555 0101',
      businessAccountId: '900',
    };
    bench = await startBench([{}, other]);
    await bench.control('POST', '/faults', { name: 'batch', count: 2 });
    await bench.say('to the first');
    await bench.say('to the second', { phone_number_id: '100200301' });
    await bench.idle();
    expect(bench.receiver.received).toHaveLength(1);
    const ids = bench.receiver.received[0]!.body.entry.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['200300400', '900']);
  });
});

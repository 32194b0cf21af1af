import { NUMBER, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';

const OTHER = '100200301';

describe('webhooks that are put together, doubled and turned', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench([{}, { phoneNumberId: OTHER, displayPhoneNumber: '+1 212 555 0101' }]);
  });
  afterEach(() => bench.close());

  const fault = (name: string, more: object = {}) => bench.control('POST', '/faults', { name, ...more });
  const said = () => bench.receiver.messages().map((message) => message.text.body);

  test('one POST mixes messages and statuses of two numbers', async () => {
    await fault('batch', { count: 4 });
    await bench.send(reminder());
    await bench.say('one');
    await bench.say('two', { phone_number_id: OTHER });
    await bench.idle();
    expect(bench.receiver.received).toHaveLength(1);
    const changes = bench.receiver.received[0]!.body.entry[0].changes;
    expect(changes.map(({ value }: never) => Object.keys(value).includes('messages')).sort()).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('merged, each number has one change with all its messages and statuses', async () => {
    await fault('batch', { count: 5, merge: true });
    await bench.send(reminder());
    await bench.say('one');
    await bench.say('two');
    await bench.say('three', { phone_number_id: OTHER });
    await bench.idle();
    const values = bench.receiver.values();
    expect(values).toHaveLength(2);
    const mine = values.find(({ metadata }) => metadata.phone_number_id === NUMBER);
    expect([mine.messages.length, mine.statuses.length, mine.contacts.length]).toEqual([2, 2, 4]);
  });

  test('a batch ends below 3 MB, however many updates it may hold', async () => {
    await fault('batch', { count: 10_000, seconds: 1 });
    // A Malayalam letter takes six bytes as Meta writes it.
    const long = 'അ'.repeat(4096);
    await Promise.all(Array.from({ length: 140 }, () => bench.say(long)));
    await bench.idle();
    const sizes = bench.receiver.received.map(({ bytes }) => bytes.length);
    expect(bench.receiver.messages()).toHaveLength(140);
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3 * 1024 * 1024);
    expect(Math.max(...sizes)).toBeGreaterThan(2.9 * 1024 * 1024);
  });

  test('a single update comes again in the batches after its own', async () => {
    await fault('batch', { count: 2, seconds: 0.05 });
    await fault('duplicate-updates', { count: 3 });
    await bench.say('one');
    await bench.say('two');
    await bench.idle();
    const batches = bench.receiver.received.map(({ body }) =>
      body.entry[0].changes.map(
        ({ value }: { value: { messages: { text: { body: string } }[] } }) => value.messages[0]!.text.body,
      ),
    );
    expect(batches).toHaveLength(3);
    for (const batch of batches) expect([...batch].sort()).toEqual(['one', 'two']);
  });

  test('without batches the copies come each in a POST of its own', async () => {
    await fault('duplicate-updates', { count: 3 });
    await bench.say('one');
    await bench.idle();
    expect(said()).toEqual(['one', 'one', 'one']);
    expect((await bench.control('GET', '/deliveries')).body.data).toHaveLength(3);
  });

  test('updates of a number are turned, those of the other are not', async () => {
    await fault('reorder-webhooks', { count: 3, phone_number_id: NUMBER });
    for (const words of ['one', 'two', 'three']) await bench.say(words);
    await bench.say('other one', { phone_number_id: OTHER });
    await bench.say('other two', { phone_number_id: OTHER });
    await bench.idle();
    expect(said().filter((words) => !words.startsWith('other'))).toEqual(['three', 'two', 'one']);
    expect(said().filter((words) => words.startsWith('other'))).toEqual(['other one', 'other two']);
  });

  test('turned updates that are too few come all the same', async () => {
    await fault('reorder-webhooks', { count: 100, seconds: 0.05 });
    await bench.say('one');
    await bench.say('two');
    await bench.idle();
    expect(said()).toEqual(['two', 'one']);
  });

  test('a message is read without having been delivered', async () => {
    await fault('read-without-delivered', { count: 1 });
    await bench.send(reminder());
    await bench.idle();
    expect(bench.receiver.statuses().map(({ status }) => status)).toEqual(['sent', 'read']);
    expect((await bench.control('GET', '/messages')).body.data[0].statuses).not.toHaveProperty('delivered');
  });
});

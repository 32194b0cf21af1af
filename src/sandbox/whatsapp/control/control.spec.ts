import { NUMBER, PATIENT, reminder, startBench, text, type Bench } from '../testing/sandbox.fake.js';
import { signatureOf } from '../webhooks/signature.js';

describe('the control plane', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  test('the state tells counts and never a secret', async () => {
    await bench.send(reminder());
    const { body } = await bench.control('GET', '/state');
    expect(body).toMatchObject({
      seed: 1,
      counts: { messages: 1, attempts: 1 },
      accounts: [{ phone_number_id: NUMBER, subscribed: true }],
    });
    expect(JSON.stringify(body)).not.toMatch(/sandbox-secret|token-of-a-test|verify-me/);
  });

  test('the clock starts where it was told, runs, and moves by what it is asked', async () => {
    const before = Date.parse((await bench.control('GET', '/state')).body.now);
    expect(before).toBeGreaterThanOrEqual(Date.parse('2026-11-23T06:00:00Z'));
    const { body } = await bench.control('POST', '/clock', { advance: 'PT25H' });
    expect(Date.parse(body.now) - before).toBeGreaterThanOrEqual(25 * 3600_000);
    expect((await bench.control('POST', '/clock', { set: '2027-01-01T00:00:00+05:30' })).body.now).toMatch(
      /^2026-12-31T18:30:00/,
    );
  });

  test.each([{ advance: 'soon' }, { set: 'tomorrow' }, {}])('a clock cannot be moved by %j', async (move) => {
    expect((await bench.control('POST', '/clock', move)).status).toBe(400);
  });

  test('setting the webhook performs the handshake and tells how it went', async () => {
    const set = (url: string) => bench.control('POST', '/webhook', { phone_number_id: NUMBER, url });
    expect((await set(bench.receiver.url)).body).toEqual({ ok: true, status: 200 });
    expect((await set('http://127.0.0.1:9/')).body).toEqual({ ok: false, status: 0 });
  });

  test('a handshake with a wrong verify token fails', async () => {
    await bench.close();
    bench = await startBench([{ verifyToken: 'another' }]);
    const { body } = await bench.control('POST', '/webhook', {
      phone_number_id: NUMBER,
      url: bench.receiver.url,
    });
    expect(body).toEqual({ ok: false, status: 403 });
  });

  test.each<[string, string | undefined]>([
    ['good', signatureOf('sandbox-secret', Buffer.from('{"t":"Ol\\u00e1"}'))],
    ['restringified', signatureOf('sandbox-secret', Buffer.from('{"t":"Olá"}'))],
    ['missing', undefined],
    ['sha1=0123', 'sha1=0123'],
  ])('a raw webhook goes out once with the signature: %s', async (signature, header) => {
    bench.receiver.answers.push(401);
    const { body } = await bench.control('POST', '/send-raw-webhook', {
      phone_number_id: NUMBER,
      body: { t: 'Olá' },
      signature,
    });
    expect(body).toEqual({ status: 401 });
    expect(bench.receiver.received.map(({ headers }) => headers['x-hub-signature-256'])).toEqual([header]);
    expect(bench.receiver.received[0]!.bytes.toString()).toBe('{"t":"Ol\\u00e1"}');
  });

  test('a bad signature is well formed and wrong', async () => {
    await bench.control('POST', '/send-raw-webhook', { phone_number_id: NUMBER, body: {}, signature: 'bad' });
    const header = bench.receiver.received[0]!.headers['x-hub-signature-256'];
    expect(header).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(header).not.toBe(signatureOf('sandbox-secret', Buffer.from('{}')));
  });

  test('a raw webhook may be 5 MB', async () => {
    const { body } = await bench.control('POST', '/send-raw-webhook', {
      phone_number_id: NUMBER,
      body: 'x'.repeat(5 * 1024 * 1024),
    });
    expect(body).toEqual({ status: 200 });
    expect(bench.receiver.received[0]!.bytes).toHaveLength(5 * 1024 * 1024);
  });

  test.each<[string, string, object | undefined, number]>([
    ['POST', `/contacts/${PATIENT}/say`, { phone_number_id: '7', text: 'x' }, 404],
    ['POST', `/contacts/${PATIENT}/say`, { phone_number_id: NUMBER }, 400],
    ['POST', `/contacts/${PATIENT}/dance`, { phone_number_id: NUMBER }, 404],
    ['POST', '/contacts/nobody/say', { phone_number_id: NUMBER, text: 'x' }, 400],
    ['POST', '/faults', { name: 'chaos' }, 400],
    ['POST', '/faults', { name: 'error', count: 0 }, 400],
    ['GET', '/messages?since=x', undefined, 400],
    ['GET', '/nowhere', undefined, 404],
  ])('%s %s with bad input is refused in words', async (method, path, body, status) => {
    const answer = await bench.control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toEqual(expect.any(String));
  });

  test('since and limit page the history', async () => {
    for (let n = 0; n < 4; n += 1) await bench.send(reminder());
    const { body } = await bench.control('GET', '/messages?since=1&limit=2');
    expect(body.data.map(({ n }: { n: number }) => n)).toEqual([2, 3]);
  });
});

describe('faults of the send', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const fault = (name: string, more: object = {}) => bench.control('POST', '/faults', { name, ...more });
  const attempts = async () => (await bench.control('GET', '/attempts')).body.data;
  const messages = async () => (await bench.control('GET', '/messages')).body.data;

  test('drop-all-sends closes the socket and accepts nothing', async () => {
    await fault('drop-all-sends');
    await expect(bench.send({ ...reminder(), biz_opaque_callback_data: 'a1' })).rejects.toThrow();
    expect(await attempts()).toMatchObject([
      { outcome: 'dropped', to: PATIENT, biz_opaque_callback_data: 'a1', answered: false },
    ]);
    expect(await messages()).toEqual([]);
    await bench.control('DELETE', '/faults');
    expect((await bench.send(reminder())).status).toBe(200);
  });

  test('drop-answer accepts, reports statuses, and closes the socket', async () => {
    await fault('drop-answer', { count: 1 });
    await expect(bench.send({ ...reminder(), biz_opaque_callback_data: 'a1' })).rejects.toThrow();
    await bench.idle();
    expect(await attempts()).toMatchObject([{ outcome: 'accepted', answered: false }]);
    expect(bench.receiver.statuses()).toMatchObject([
      { status: 'sent', biz_opaque_callback_data: 'a1' },
      { status: 'delivered' },
    ]);
    expect((await bench.send(reminder())).status).toBe(200);
  });

  test('hang-answer accepts and answers late', async () => {
    await fault('hang-answer', { count: 1, seconds: 0.2 });
    const started = Date.now();
    expect((await bench.send(reminder())).status).toBe(200);
    expect(Date.now() - started).toBeGreaterThanOrEqual(190);
  });

  test.each([
    [{ code: 130429, status: 429, seconds: 7 }, 429, 130429],
    [{ code: 131000, status: 500 }, 500, 131000],
    [{ code: 190 }, 401, 190],
    [{ code: 131056 }, 400, 131056],
    [{}, 500, 131000],
  ])('error %j is answered as asked', async (given, status, code) => {
    await fault('error', { ...given, count: 1 });
    const answer = await bench.send(reminder());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.headers.get('retry-after')).toBe('seconds' in given ? '7' : null);
    expect((await bench.send(reminder())).status).toBe(200);
  });

  test('a fault of one number leaves the others alone', async () => {
    await bench.close();
    bench = await startBench([{}, { phoneNumberId: '100200301', displayPhoneNumber: '+1 212 555 0101' }]);
    await fault('error', { phone_number_id: '100200301' });
    expect((await bench.send(reminder())).status).toBe(200);
    const other = await bench.graph('POST', '/100200301/messages', {
      messaging_product: 'whatsapp',
      to: PATIENT,
      ...text('x'),
    });
    expect(other.status).toBe(500);
  });
});

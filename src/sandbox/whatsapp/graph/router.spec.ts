import { BUSINESS, NUMBER, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';

describe('the Graph side', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench([
      {},
      {
        phoneNumberId: '100200301',
        displayPhoneNumber: '+1 212 555 0101',
        businessAccountId: '900',
        accessToken: 'other',
      },
    ]);
  });
  afterEach(() => bench.close());

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${bench.url}${path}`, { headers });
    return {
      status: response.status,
      error: ((await response.json()) as { error: { code: number; error_subcode?: number } }).error,
    };
  };

  test('no token, or one of nobody, is 401 with code 190', async () => {
    expect(await get(`/v25.0/${NUMBER}`)).toMatchObject({ status: 401, error: { code: 190 } });
    expect(await get(`/v25.0/${NUMBER}`, { authorization: 'Bearer stolen' })).toMatchObject({
      status: 401,
      error: { code: 190 },
    });
  });

  test('a send with a wrong token is on record as an attempt', async () => {
    await bench.graph('POST', `/${NUMBER}/messages`, reminder(), 'stolen');
    const { body } = await bench.control('GET', '/attempts');
    expect(body.data).toMatchObject([{ outcome: 'error', code: 190 }]);
  });

  test.each(['999', '100200301'])(
    'object %s, unknown or of another business, is 400 with code 100 and subcode 33',
    async (id) => {
      const { status, body } = await bench.graph('GET', `/${id}`);
      expect([status, body.error.code, body.error.error_subcode]).toEqual([400, 100, 33]);
    },
  );

  test.each(['v21.0', 'v25.0', 'v26.0', 'v103.12'])('version %s is served', async (version) => {
    const response = await fetch(`${bench.url}/${version}/${NUMBER}`, {
      headers: { authorization: 'Bearer token-of-a-test' },
    });
    expect(response.status).toBe(200);
  });

  test.each(['', 'v25/', 'latest/'])('a path behind "%s" leads nowhere', async (prefix) => {
    expect(await get(`/${prefix}${NUMBER}`, { authorization: 'Bearer token-of-a-test' })).toMatchObject({
      status: 404,
      error: { code: 2500 },
    });
  });

  test('a number tells the fields that were asked for', async () => {
    const { body } = await bench.graph('GET', `/${NUMBER}?fields=quality_rating,status,throughput`);
    expect(body).toEqual({
      id: NUMBER,
      quality_rating: 'GREEN',
      status: 'CONNECTED',
      throughput: { level: 'STANDARD' },
    });
    expect((await bench.graph('GET', `/${NUMBER}?fields=mood`)).body.error.code).toBe(100);
  });

  test('a business lists its own numbers', async () => {
    const { body } = await bench.graph('GET', `/${BUSINESS}/phone_numbers?fields=display_phone_number`);
    expect(body.data).toEqual([{ id: NUMBER, display_phone_number: '+1 212 555 0100' }]);
    expect(body.paging.next).toBeUndefined();
  });

  test('without a subscription no webhook comes', async () => {
    expect((await bench.graph('DELETE', `/${BUSINESS}/subscribed_apps`)).body).toEqual({ success: true });
    expect((await bench.graph('GET', `/${BUSINESS}/subscribed_apps`)).body.data).toEqual([]);
    await bench.say('Is anyone there?');
    await bench.idle();
    expect(bench.receiver.received).toHaveLength(0);

    await bench.graph('POST', `/${BUSINESS}/subscribed_apps`);
    expect((await bench.graph('GET', `/${BUSINESS}/subscribed_apps`)).body.data).toHaveLength(1);
    await bench.say('And now?');
    await bench.idle();
    expect(bench.receiver.received).toHaveLength(1);
  });

  test('an override address is taken only after its handshake', async () => {
    const subscribe = (token: string) =>
      bench.graph('POST', `/${BUSINESS}/subscribed_apps`, {
        override_callback_uri: bench.receiver.url,
        verify_token: token,
      });
    expect((await subscribe('wrong')).body.error.code).toBe(2200);
    expect((await subscribe('verify-me')).body).toEqual({ success: true });
  });
});

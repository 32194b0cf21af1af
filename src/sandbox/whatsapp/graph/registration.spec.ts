import { BUSINESS, NUMBER, PATIENT, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';

describe('the life of a number', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const register = (pin: string) =>
    bench.graph('POST', `/${NUMBER}/register`, { messaging_product: 'whatsapp', pin });
  const block = (method: string, user = PATIENT) =>
    bench.graph(method, `/${NUMBER}/block_users`, { messaging_product: 'whatsapp', block_users: [{ user }] });

  test('deregistered, it sends nothing until it is registered again', async () => {
    expect((await bench.graph('POST', `/${NUMBER}/deregister`)).body).toEqual({ success: true });
    expect((await bench.send(reminder())).body.error.code).toBe(133010);
    expect((await bench.graph('GET', `/${NUMBER}?fields=status`)).body.status).toBe('DISCONNECTED');
    expect((await register('123456')).body).toEqual({ success: true });
    expect((await bench.send(reminder())).status).toBe(200);
  });

  test('the first PIN holds', async () => {
    expect((await register('12345')).body.error.code).toBe(100);
    await register('123456');
    expect((await register('654321')).body.error.code).toBe(133005);
    expect((await register('123456')).status).toBe(200);
  });

  test('the control plane can take it away too', async () => {
    await bench.control('POST', '/numbers', { phone_number_id: NUMBER, registered: false, quality: 'RED' });
    expect((await bench.send(reminder())).body.error.code).toBe(133010);
    expect((await bench.graph('GET', `/${NUMBER}?fields=quality_rating`)).body.quality_rating).toBe('RED');
  });

  test('a blocked user gets nothing and is not heard, until unblocked', async () => {
    expect((await block('POST')).body.block_users).toEqual({
      added_users: [{ input: PATIENT, wa_id: PATIENT }],
    });
    expect((await bench.send(reminder())).body.error.code).toBe(130403);
    await bench.say('Hello');
    await bench.idle();
    expect(bench.receiver.received).toEqual([]);
    expect((await bench.graph('GET', `/${NUMBER}/block_users`)).body.data).toHaveLength(1);

    await block('DELETE');
    await bench.say('Hello again');
    await bench.idle();
    expect(bench.receiver.messages()).toHaveLength(1);
    expect((await bench.send(reminder())).status).toBe(200);
  });

  test('a user is blocked by user id too, and nobody cannot be blocked', async () => {
    const { body } = await bench.control('POST', '/contacts', { wa_id: PATIENT, hide_phone: true });
    expect((await block('POST', body.user_ids[BUSINESS])).status).toBe(200);
    expect((await bench.send(reminder())).body.error.code).toBe(130403);
    expect((await block('POST', 'US.999')).body.error.code).toBe(131009);
  });
});

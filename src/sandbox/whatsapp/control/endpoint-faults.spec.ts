import { BUSINESS, NUMBER, reminder, startBench, type Bench } from '../testing/sandbox.fake.js';

describe('misbehaviour by endpoint', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const fault = (given: object) => bench.control('POST', '/faults', given);
  const templates = () => bench.graph('GET', `/${BUSINESS}/message_templates`);
  const attempts = async () => (await bench.control('GET', '/attempts')).body.data;
  const messages = async () => (await bench.control('GET', '/messages')).body.data;

  test('an error of one endpoint leaves the others alone', async () => {
    await fault({ name: 'error', endpoint: 'GET message_templates', code: 80007, count: 1 });
    expect((await bench.send(reminder())).status).toBe(200);
    expect((await templates()).body.error.code).toBe(80007);
    expect((await templates()).status).toBe(200);
  });

  test('an asterisk stands for all of them, and the node itself is an endpoint too', async () => {
    await fault({ name: 'error', endpoint: 'GET node', code: 2, count: 1 });
    expect((await bench.graph('GET', `/${NUMBER}`)).status).toBe(503);
    await fault({ name: 'error', endpoint: '*', code: 1 });
    expect([(await templates()).status, (await bench.send(reminder())).status]).toEqual([500, 500]);
  });

  test('every third send fails until that is ended', async () => {
    await fault({ name: 'error', every: 3 });
    const statuses = [];
    for (let n = 0; n < 7; n += 1) statuses.push((await bench.send(reminder())).status);
    expect(statuses).toEqual([200, 200, 500, 200, 200, 500, 200]);
  });

  test.each<[string, number, number]>([
    ['429', 429, 130429],
    ['130429', 429, 130429],
    ['131056', 400, 131056],
    ['503', 503, 2],
  ])('the preset %s answers in the envelope of Meta', async (preset, status, code) => {
    await fault({ preset, count: 1 });
    const answer = await bench.send(reminder());
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect((await bench.send(reminder())).status).toBe(200);
  });

  test('the preset 429 comes with Retry-After and the usage of the business', async () => {
    await fault({ preset: '429', seconds: 90 });
    const { headers } = await bench.send(reminder());
    expect(headers.get('retry-after')).toBe('90');
    const usage = JSON.parse(headers.get('x-business-use-case-usage')!);
    expect(usage[BUSINESS]).toMatchObject([{ call_count: 100, estimated_time_to_regain_access: 2 }]);
  });

  test('the preset 500 answers a page, not JSON', async () => {
    await fault({ preset: '500' });
    const response = await fetch(`${bench.url}/v25.0/${NUMBER}/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-a-test' },
      body: '{}',
    });
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('<html>');
    expect(await attempts()).toMatchObject([{ outcome: 'error', answered: true }]);
  });

  test('the preset hang takes nothing in and never answers', async () => {
    await fault({ preset: 'hang', seconds: 0.2, count: 1 });
    const started = Date.now();
    await expect(bench.send(reminder())).rejects.toThrow();
    expect(Date.now() - started).toBeGreaterThanOrEqual(190);
    expect(await attempts()).toMatchObject([{ outcome: 'dropped', answered: false }]);
    expect(await messages()).toEqual([]);
  });

  test.each([
    ['reset-before', 'dropped', 0],
    ['reset-after', 'accepted', 1],
  ])('the preset %s resets the connection', async (preset, outcome, accepted) => {
    await fault({ preset, count: 1 });
    const error = await bench.send(reminder()).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(await attempts()).toMatchObject([{ outcome, answered: false }]);
    expect(await messages()).toHaveLength(accepted);
  });

  test('a lost answer of another endpoint has had its effect', async () => {
    await fault({ name: 'drop-answer', endpoint: 'DELETE subscribed_apps', count: 1 });
    await expect(bench.graph('DELETE', `/${BUSINESS}/subscribed_apps`)).rejects.toThrow();
    expect((await bench.graph('GET', `/${BUSINESS}/subscribed_apps`)).body.data).toEqual([]);
  });

  test.each([{ preset: 'chaos' }, { name: 'error', every: 0 }, { name: 'error', page: 'yes' }])(
    '%j is refused in words',
    async (given) => {
      expect((await fault(given)).status).toBe(400);
    },
  );
});

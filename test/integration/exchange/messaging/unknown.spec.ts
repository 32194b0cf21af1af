import type { SendRequest } from '../../../../src/exchange/messaging/index.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { startBench, type Bench, type Person, type Told } from './support/bench.js';

const HOUR = 3_600_000;

describe('a send whose answer never came', () => {
  let bench: Bench;
  let anna: Person;
  let bela: Person;

  beforeAll(async () => {
    bench = await startBench();
    anna = await bench.person(1001);
    bela = await bench.person(1003);
  });
  afterEach(async () => {
    await bench.control('DELETE', '/faults');
    await bench.sql('update messaging.pair set paced_until = null');
  });
  afterAll(() => bench.close());

  const lasting = (request: SendRequest): SendRequest => ({
    ...request,
    usefulUntil: new Date(Date.now() + 500 * HOUR),
  });
  const send = async (request: SendRequest): Promise<Uuid> => {
    const { messageId } = await bench.messaging.send(bench.ctx(), lasting(request));
    await bench.settle();
    return messageId;
  };
  const row = async (id: Uuid): Promise<Told> =>
    (await bench.sql('select * from messaging.message where id = $1', [id]))[0];
  const attemptsOf = (id: Uuid): Promise<Told[]> =>
    bench.sql('select * from messaging.attempt where message_id = $1 order by began_at', [id]);
  const arrived = async (id: Uuid): Promise<number> => {
    const mine = new Set((await attemptsOf(id)).map((attempt: Told) => attempt.id));
    const { data } = await bench.control('GET', '/messages');
    return data.filter((one: Told) => mine.has(one.biz_opaque_callback_data)).length;
  };
  const audited = (id: Uuid): Promise<Told[]> =>
    bench.sql('select type from audit.event where entity_id = $1 order by recorded_at, id', [id]);

  /** Meta never saw it, and nobody knows that. */
  const lose = async (request: SendRequest): Promise<Uuid> => {
    await bench.control('POST', '/faults', { name: 'drop-all-sends', count: 1 });
    const id = await send(request);
    expect((await row(id)).state).toBe('unknown');
    return id;
  };

  it('goes once more when a later send of its number has got its status', async () => {
    // given
    const id = await lose(bench.reminder(anna));
    await bench.advance('PT2M');
    // when: a witness
    await send(bench.reminder(bela));
    await bench.advance('PT7M');
    expect((await row(id)).state).toBe('unknown');
    await bench.advance('PT2M');
    // then
    expect(await row(id)).toMatchObject({ state: 'delivered', resends: 1 });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'unknown' }, { outcome: 'accepted' }]);
    expect(await arrived(id)).toBe(1);
    expect((await audited(id)).map(({ type }) => type)).toEqual([
      'message.sending',
      'message.unknown',
      'message.sent-again',
      'message.sending',
    ]);
  });

  it('does not when no later send got one', async () => {
    const id = await lose(bench.reminder(anna));
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'parked', reason: 'no-answer', resends: 0 });
    expect(await attemptsOf(id)).toHaveLength(1);
    expect((await audited(id)).map(({ type }) => type)).toContain('message.parked');
  });

  it('does not when the only other send began within the same minute', async () => {
    const id = await lose(bench.reminder(anna));
    await bench.advance('PT50S');
    await send(bench.reminder(bela));
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'parked', resends: 0 });
  });

  it('does not when the later send got no status either', async () => {
    const id = await lose(bench.reminder(anna));
    await bench.advance('PT2M');
    await bench.control('POST', '/faults', { name: 'mute-statuses' });
    await send(bench.reminder(bela));
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'parked', resends: 0 });
  });

  it('never goes a third time', async () => {
    const id = await lose(bench.reminder(anna));
    await bench.advance('PT2M');
    await send(bench.reminder(bela));
    // given: the second try is lost too
    await bench.control('POST', '/faults', { name: 'drop-all-sends', count: 1 });
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'unknown', resends: 1 });
    await bench.control('DELETE', '/faults');
    await bench.advance('PT2M');
    await send(bench.reminder(bela));
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'parked', resends: 1 });
    expect(await attemptsOf(id)).toHaveLength(2);
  });

  it('does not go again once its own status came, however late in the grace', async () => {
    await bench.control('POST', '/faults', { name: 'drop-answer', count: 1 });
    await bench.control('POST', '/faults', { name: 'mute-statuses' });
    const id = await send(bench.reminder(anna));
    expect((await row(id)).state).toBe('unknown');
    await bench.control('DELETE', '/faults');
    await bench.advance('PT2M');
    await send(bench.reminder(bela));
    const [attempt] = await attemptsOf(id);
    const [mine] = (await bench.control('GET', '/messages')).data.filter(
      (one: Told) => one.biz_opaque_callback_data === attempt.id,
    );
    await bench.control('POST', `/contacts/${anna.waId}/read`, { phone_number_id: mine.phone_number_id });
    await bench.settle();
    await bench.advance('PT11M');
    expect((await row(id)).state).toBe('read');
    expect(await arrived(id)).toBe(1);
  });

  it('is never the confirmation of an opt-out twice', async () => {
    const gone = await bench.person(1006);
    await bench.control('POST', '/faults', { name: 'drop-all-sends', count: 1 });
    await bench.say(gone, 'STOP');
    const [confirmation] = await bench.sql(
      `select id from messaging.message where kind = 'stop-confirmation' order by created_at desc limit 1`,
    );
    expect((await row(confirmation.id)).state).toBe('unknown');
    await bench.advance('PT2M');
    await send(bench.reminder(bela));
    await bench.advance('PT11M');
    expect(await row(confirmation.id)).toMatchObject({ state: 'parked', resends: 0 });
  });

  it('does not go again to somebody who has opted out meanwhile', async () => {
    const leaving = await bench.person(1008);
    const id = await lose(bench.reminder(leaving));
    await bench.advance('PT2M');
    await send(bench.reminder(bela));
    await bench.say(leaving, 'STOP');
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'refused', resends: 1 });
    expect(await attemptsOf(id)).toHaveLength(1);
  });

  it('does not go again when we were away ourselves: its statuses may be on their way again', async () => {
    // given: the sender died in the middle, and its lease is looked at a quarter of an hour later
    const id = await lose(bench.reminder(anna));
    await bench.sql(
      `update messaging.attempt set began_at = began_at - interval '15 minutes' where message_id = $1`,
      [id],
    );
    await bench.advance('PT2M');
    await send(bench.reminder(bela));
    await bench.advance('PT11M');
    expect(await row(id)).toMatchObject({ state: 'parked', resends: 0 });
  });
});

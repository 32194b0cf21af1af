import type { RecheckCase, RecheckVerdict, Sent } from '../../../../src/exchange/messaging/index.js';
import { newId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { elapse, startBench, type Bench, type Person, type Told } from './support/bench.js';

describe('a message that waited in the ledger', () => {
  let bench: Bench;
  let asha: Person;
  /** What the owner was asked, and what it answers. */
  const asked: RecheckCase[] = [];
  let answer: () => Promise<RecheckVerdict>;

  beforeAll(async () => {
    bench = await startBench();
    asha = await bench.person(1001);
    bench.messaging.registerRecheck('reminder', (_ctx, message) => {
      asked.push(message);
      return answer();
    });
  });
  beforeEach(() => {
    asked.length = 0;
    answer = () => Promise.resolve({ verdict: 'go' });
  });
  afterAll(() => bench.close());

  const sent = async (id: Uuid): Promise<Sent> => (await bench.messaging.sent(bench.ctx(), [id]))[0]!;
  const attemptsOf = async (id: Uuid): Promise<number> =>
    (await bench.sql('select from messaging.attempt where message_id = $1', [id])).length;

  /** A refused token: the message that met it waits with all that come after it. */
  const holdWith = async (visitId: Uuid | null = null): Promise<Uuid> => {
    await bench.control('POST', '/faults', { name: 'error', code: 190, count: 1 });
    const { messageId } = await bench.messaging.send(bench.ctx(), {
      ...bench.reminder(asha),
      ...(visitId && { visitId }),
    });
    await bench.settle();
    expect((await sent(messageId)).state).toBe('ready');
    return messageId;
  };

  /** As many more that wait behind it. */
  const queue = async (count: number): Promise<Uuid[]> => {
    const ids: Uuid[] = [];
    for (let n = 0; n < count; n++)
      ids.push((await bench.messaging.send(bench.ctx(), bench.reminder(asha))).messageId);
    return ids;
  };

  const waitOf = async (id: Uuid): Promise<number> =>
    (
      await bench.sql(
        `select extract(epoch from due_at - platform.now())::float8 as seconds from messaging.message where id = $1`,
        [id],
      )
    )[0].seconds;

  const reopen = async (): Promise<void> => {
    const headers = { authorization: `Bearer ${bench.apiKey}`, 'x-organization': 'st-marys' };
    const accounts = await (await fetch(`${bench.url}/v1/whatsapp-accounts`, { headers })).json();
    const url = `${bench.url}/v1/whatsapp-accounts/${(accounts as Told).data[0].id}/check`;
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(200);
    await bench.settle();
  };

  const inAnHour = async (): Promise<Date> => {
    const [row] = await bench.sql(`select platform.now() + interval '1 hour' as at`);
    return row.at;
  };

  it('is asked for before it goes, once its hand-over is older than two minutes', async () => {
    const visitId = newId();
    const id = await holdWith(visitId);
    await bench.advance('PT3M');
    expect(asked).toEqual([]);
    await reopen();
    expect(asked).toEqual([{ messageId: id, originKey: (await sent(id)).originKey, visitId }]);
    expect((await sent(id)).state).toBe('delivered');
  });

  it('goes unasked while it is fresh, and so does what has no owner', async () => {
    const id = await holdWith();
    const reply = await bench.messaging.send(bench.ctx(), {
      ...bench.reminder(asha),
      origin: 'reply',
      originKey: newId(),
    });
    await reopen();
    expect(asked).toEqual([]);
    for (const one of [id, reply.messageId]) expect((await sent(one)).state).toBe('delivered');
  });

  it('waits until the instant that its owner names, and is asked for again', async () => {
    const until = await inAnHour();
    answer = () => Promise.resolve({ verdict: 'wait', until, reason: 'quiet-hours' });
    const id = await holdWith();
    await bench.advance('PT3M');
    await reopen();
    expect(await sent(id)).toMatchObject({ state: 'ready', reason: 'quiet-hours' });
    await bench.advance('PT30M');
    expect(asked).toHaveLength(1);

    answer = () => Promise.resolve({ verdict: 'go' });
    await bench.advance('PT30M');
    expect(asked).toHaveLength(2);
    expect((await sent(id)).state).toBe('delivered');
  });

  it('ends with the reason that its owner gives, and never begins', async () => {
    answer = () => Promise.resolve({ verdict: 'drop', reason: 'visit-changed' });
    const id = await holdWith();
    const before = await attemptsOf(id);
    await bench.advance('PT3M');
    await reopen();
    expect(await sent(id)).toMatchObject({ state: 'refused', reason: 'visit-changed' });
    expect(await attemptsOf(id)).toBe(before);
  });

  it('is never sent blind: while its owner fails it is tried later', async () => {
    answer = () => Promise.reject(new Error('the owner is broken'));
    const id = await holdWith();
    const before = await attemptsOf(id);
    await bench.advance('PT3M');
    await reopen();
    expect(asked).toHaveLength(1);
    expect(await sent(id)).toMatchObject({ state: 'ready', reason: 'recheck-failed' });
    expect(await attemptsOf(id)).toBe(before);

    answer = () => Promise.resolve({ verdict: 'go' });
    await bench.advance('PT2M');
    expect((await sent(id)).state).toBe('delivered');
  });

  it('waits too while its owner does not answer, and holds nobody up', async () => {
    answer = () => new Promise(() => undefined);
    const id = await holdWith();
    const last = (await queue(6)).at(-1)!;
    await bench.advance('PT3M');
    const before = performance.now();
    await reopen();
    expect(performance.now() - before).toBeLessThan(25_000);
    expect(await sent(id)).toMatchObject({ state: 'ready', reason: 'recheck-slow' });
    // The one that it was not even asked about comes no sooner than those that it was.
    expect(asked).toHaveLength(6);
    expect(await sent(last)).toMatchObject({ state: 'ready', reason: 'recheck-slow' });
    expect(await waitOf(last)).toBeGreaterThan(20);
    answer = () => Promise.resolve({ verdict: 'go' });
    await bench.advance('PT2M');
    expect((await sent(id)).state).toBe('delivered');
  }, 60_000);

  it('comes with the next round when there was no time to ask about it, however long it has waited', async () => {
    // given: more than are asked about side by side, and answers that take all the time there is
    const ids = [await holdWith(), ...(await queue(7))];
    await bench.advance('PT1H');
    answer = async () => {
      const first = asked.length === 1;
      await new Promise(setImmediate);
      if (first) elapse(15_000);
      return { verdict: 'go' };
    };
    // when
    await reopen();
    // then
    expect(asked).toHaveLength(6);
    const left = await Promise.all(
      ids.slice(6).map(async (id) => [(await sent(id)).state, await waitOf(id)]),
    );
    expect(left).toEqual(ids.slice(6).map(() => ['ready', expect.any(Number)]));
    for (const [, seconds] of left) expect(seconds).toBeLessThanOrEqual(5);
    // and
    await bench.advance('PT5S');
    for (const id of ids) expect((await sent(id)).state).toBe('delivered');
  });

  it('whose owner answers with an instant that has passed does not make the sender spin', async () => {
    answer = () => Promise.resolve({ verdict: 'wait', until: new Date(0), reason: 'ehr-unavailable' });
    const id = await holdWith();
    await bench.advance('PT3M');
    await reopen();
    expect(asked).toHaveLength(1);
    expect(await sent(id)).toMatchObject({ state: 'ready', reason: 'ehr-unavailable' });
    answer = () => Promise.resolve({ verdict: 'drop', reason: 'late' });
    await bench.advance('PT10M');
  });

  it('with a template that is gone is a question for staff, one for all of them', async () => {
    const content = {
      kind: 'template',
      name: 'gone_reminder',
      language: 'en',
      body: ['a', 'b', 'c', 'd', 'e'],
      buttons: [],
    } as const;
    const send = async (origin: 'reminder' | 'reply'): Promise<void> => {
      const request = { ...bench.reminder(asha), origin, originKey: newId() };
      await bench.messaging.send(bench.ctx(), {
        ...request,
        content: { ...content, body: [...content.body], buttons: [] },
      });
      await bench.settle();
    };
    const items = (): Promise<Told[]> =>
      bench.sql(`select reason, key, state from worklist.work_item where kind = 'template-unusable'`);
    await send('reply');
    expect(await items()).toEqual([]);
    await send('reminder');
    await send('reminder');
    expect(await items()).toEqual([
      { reason: 'template-not-found', key: 'template-unusable:gone_reminder:en', state: 'open' },
    ]);
  });
});

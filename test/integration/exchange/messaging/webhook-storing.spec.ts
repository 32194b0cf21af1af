import { ConversationsFacade, ConversationsModule } from '../../../../src/care/conversations/index.js';
import { signatureOf } from '../../../../src/exchange/messaging/domain/signature.js';
import {
  elapse,
  HARBOUR,
  SECRETS,
  ST_MARYS,
  startBench,
  until,
  type Bench,
  type Told,
} from './support/bench.js';
import { asMeta, deliver, deliverSigned, post, postSigned, textFrom, webhookOf } from './support/post.js';

/** How long a changed secret may stay unseen. */
const KEYRING_FRESH_MS = 5_000;

describe('storing webhooks', () => {
  let bench: Bench;
  let answers = 0;

  beforeAll(async () => {
    bench = await startBench({ also: [ConversationsModule] });
    bench.app.get(ConversationsFacade).registerResponder({
      order: 1,
      name: 'test',
      match: async () => true,
      answer: async () => {
        answers++;
        return {};
      },
    });
  });
  afterAll(() => bench.close());

  const tell = async (body: object): Promise<number> => (await deliverSigned(bench, asMeta(body))).status;
  const count = async (of: string): Promise<number> =>
    (await bench.sql(`select count(*)::int as n from ${of}`))[0].n;

  it('takes the same webhook fifty times at once, and again a week later, as one message with one effect', async () => {
    const body = asMeta(textFrom('12125550170', 'wamid.FIFTY', 'May I come at ten?'));
    const before = { rows: await count('messaging.inbox'), answers };
    const statuses = await Promise.all(Array.from({ length: 50 }, () => deliverSigned(bench, body)));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
    await bench.settle();
    await bench.advance('PT168H');
    expect((await deliverSigned(bench, body)).status).toBe(200);
    // As another app of the same business would have it: the same message, told in another entry.
    expect(await tell({ ...textFrom('12125550170', 'wamid.FIFTY', 'May I come at ten?'), more: 1 })).toBe(
      200,
    );
    await bench.settle();
    expect(await count('messaging.inbox')).toBe(before.rows + 2);
    expect(await count('messaging.received')).toBe(1);
    expect(await count('conversations.entry')).toBe(1);
    expect(answers).toBe(before.answers + 1);
  });

  it('keeps the order of what one person wrote within a second', async () => {
    const at = new Date();
    const texts = Array.from({ length: 60 }, (_, n) => `part ${n}`);
    const messages = texts.map((body, n) => ({
      from: '12125550171',
      id: `wamid.PART${n}`,
      timestamp: String(Math.floor(at.getTime() / 1_000)),
      type: 'text',
      text: { body },
    }));
    expect(await tell(webhookOf({ messages }))).toBe(200);
    await bench.settle();
    const [{ address_id: addressId }] = await bench.sql(
      'select address_id from messaging.received order by received_at desc limit 1',
    );
    const said = await bench.messaging.between(
      bench.ctx(),
      addressId,
      new Date(at.getTime() - 60_000),
      new Date(at.getTime() + 60_000),
    );
    expect(said.map(({ text }) => text)).toEqual(texts);
  });

  it('takes both app secrets while one replaces the other', async () => {
    const [{ id, etag }] = await accounts();
    const change = { app_secrets: ['the-new-secret-of-st-marys', SECRETS[ST_MARYS]] };
    expect(await patch(id, etag, change)).toBe(200);
    const body = asMeta(textFrom('12125550172', 'wamid.ROTATED', 'Hello'));
    const signedWith = (secret: string): Promise<number> =>
      deliver(() => post(bench, body, signatureOf(secret, body))).then(({ status }) => status);
    // The new one is looked for at once, whatever this process knew before.
    expect(await signedWith('the-new-secret-of-st-marys')).toBe(200);
    expect(await signedWith(SECRETS[ST_MARYS]!)).toBe(200);
    const [{ etag: next }] = await accounts();
    expect(await patch(id, next, { app_secrets: ['the-new-secret-of-st-marys'] })).toBe(200);
    elapse(KEYRING_FRESH_MS);
    expect(await signedWith(SECRETS[ST_MARYS]!)).toBe(401);
    const [{ etag: last }] = await accounts();
    expect(await patch(id, last, { app_secrets: [SECRETS[ST_MARYS]] })).toBe(200);
    elapse(KEYRING_FRESH_MS);
  });

  describe('when the database refuses one row', () => {
    /** The whole table at once: a trigger is made partition by partition, and somebody who reads it is met midway. */
    const change = (text: string): Promise<unknown> =>
      bench.sql(`lock table messaging.inbox in access exclusive mode; ${text}`);
    const refuse = (condition: string): Promise<unknown> =>
      change(`
        create or replace function messaging.refuse() returns trigger language plpgsql as $$
        begin
          if ${condition} then raise exception 'refused' using errcode = '22000'; end if;
          return new;
        end $$;
        create or replace trigger refuse before insert on messaging.inbox for each row execute function messaging.refuse()`);
    afterEach(() => change('drop trigger refuse on messaging.inbox; drop function messaging.refuse()'));

    const batch = (mark: string): Promise<number[]> =>
      Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const { entry } = textFrom('12125550173', `wamid.${mark}${n}`, 'Hello') as {
            entry: { changes: { field: string }[] }[];
          };
          if (n === 7) entry[0]!.changes[0]!.field = 'account_alerts';
          return tell({ entry });
        }),
      );

    it('keeps that row where nothing is asked of it, and a person is told', async () => {
      await refuse(`new.field = 'account_alerts'`);
      const before = await count('messaging.inbox');
      expect(await batch('BAD')).toEqual(Array.from({ length: 20 }, () => 200));
      expect(await count('messaging.inbox')).toBe(before + 20);
      expect(
        await bench.sql(`select field, state, day::text as day from messaging.inbox where state = 'parked'`),
      ).toEqual([{ field: 'unknown', state: 'parked', day: '1970-01-01' }]);
      expect(
        await bench.sql(`select 1 from worklist.work_item where reason = 'not-storable' and state = 'open'`),
      ).toHaveLength(1);
      await bench.settle();
      expect(await (await fetch(`${bench.url}/metrics`)).text()).toContain(
        'carethread_whatsapp_webhooks_parked{reason="not-worked"} 1\n',
      );
    });

    it('drops no words of a patient when such a row is tried again', async () => {
      await refuse(`octet_length(new.change_sealed) > 3000 and new.field <> 'unknown'`);
      expect(await tell(textFrom('12125550173', 'wamid.LONG', 'Long. '.repeat(600)))).toBe(200);
      await bench.messaging.retryWebhooks(bench.ctx());
      await bench.settle();
      expect(
        await bench.sql(
          `select state, tries from messaging.inbox where field = 'unknown' and octet_length(change_sealed) > 3000`,
        ),
      ).toEqual([{ state: 'waiting', tries: 1 }]);
    });

    it('refuses that webhook alone when it can be kept nowhere', async () => {
      await refuse(`new.field in ('account_alerts', 'unknown')`);
      const before = await count('messaging.inbox');
      const statuses = await batch('WORSE');
      expect(statuses.filter((status) => status === 200)).toHaveLength(19);
      expect(statuses[7]).toBe(500);
      expect(await count('messaging.inbox')).toBe(before + 19);
    });
  });

  describe('when the database is away', () => {
    /** One time for all, so that a second posting is a repetition. */
    const AT = new Date();
    const timed = async (n: number): Promise<{ status: number; ms: number; retryAfter: string | null }> => {
      const began = performance.now();
      const answer = await postSigned(bench, asMeta(textFrom('12125550174', `wamid.AWAY${n}`, 'Hello', AT)));
      await answer.arrayBuffer();
      return {
        status: answer.status,
        ms: performance.now() - began,
        retryAfter: answer.headers.get('retry-after'),
      };
    };
    const many = (from: number): Promise<Awaited<ReturnType<typeof timed>>[]> =>
      Promise.all(Array.from({ length: 30 }, (_, n) => timed(from + n)));
    // Not the longest: one of them may meet a machine that is busy with something else.
    const median = (times: { ms: number }[]): number =>
      times.map(({ ms }) => ms).sort((a, b) => a - b)[times.length >> 1]!;
    const kept = (): Promise<number> => count(`messaging.inbox where field = 'messages'`);

    it('says 503 within a second while it hangs, acknowledges nothing, and goes on when it is back', async () => {
      const before = await kept();
      const back = await bench.lockTable('messaging.inbox');
      try {
        const hung = await many(0);
        expect(new Set(hung.map(({ status }) => status))).toEqual(new Set([503]));
        expect(median(hung)).toBeLessThan(1_500);
        expect(Math.max(...hung.map(({ ms }) => ms))).toBeLessThan(4_000);
        expect(hung[0]!.retryAfter).toBe('5');
        // From now on nobody waits for what cannot come.
        const refused = await many(100);
        expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
        expect(median(refused)).toBeLessThan(500);
      } finally {
        await back();
      }
      await until(async () => (await timed(200)).status === 200);
      expect(new Set((await many(0)).map(({ status }) => status))).toEqual(new Set([200]));
      expect(await kept()).toBe(before + 31);
    });

    it('loses nothing that it acknowledged while connections are cut', async () => {
      const before = await kept();
      let cutting = true;
      const cut = (async () => {
        while (cutting) {
          await bench.sql(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'carethread' and datname = current_database()`,
          );
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
      })();
      const told = [];
      for (let round = 0; round < 10; round++) told.push(...(await many(1_000 + round * 30)));
      cutting = false;
      await cut;
      const acknowledged = told.filter(({ status }) => status === 200).length;
      // Nothing else than stored or refused, whatever moment a connection was cut at.
      expect(told.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
      expect(await kept()).toBeGreaterThanOrEqual(before + acknowledged);
      await until(async () => (await timed(2_000)).status === 200);
      // As Meta does: again until it is taken.
      for (let round = 0; round < 10; round++) {
        await until(async () => (await many(1_000 + round * 30)).every(({ status }) => status === 200));
      }
      expect(await kept()).toBe(before + 301);
    });
  });

  async function accounts(): Promise<Told[]> {
    const list = await api('GET', '/v1/whatsapp-accounts');
    const { data } = (await list.json()) as { data: { id: string }[] };
    return Promise.all(
      data.map(async ({ id }) => {
        const one = await api('GET', `/v1/whatsapp-accounts/${id}`);
        await one.arrayBuffer();
        return { id, etag: one.headers.get('etag')! };
      }),
    );
  }

  async function patch(id: string, etag: string, body: object): Promise<number> {
    return (await api('PATCH', `/v1/whatsapp-accounts/${id}`, { body, etag })).status;
  }

  function api(method: string, path: string, more: { body?: object; etag?: string } = {}): Promise<Response> {
    return fetch(bench.url + path, {
      method,
      headers: {
        authorization: `Bearer ${bench.apiKey}`,
        'x-organization': 'st-marys',
        ...(more.body && { 'content-type': 'application/json' }),
        ...(more.etag && { 'if-match': more.etag }),
      },
      ...(more.body && { body: JSON.stringify(more.body) }),
    });
  }

  it('keeps what one hospital signed out of the other', async () => {
    const before = await count('messaging.inbox');
    const body = asMeta(textFrom('12125550175', 'wamid.FOREIGN', 'Hello'));
    expect((await deliverSigned(bench, body, HARBOUR)).status).toBe(200);
    expect(await count('messaging.inbox')).toBe(before);
  });
});

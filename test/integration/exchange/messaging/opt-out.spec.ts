import { setTimeout as sleep } from 'node:timers/promises';
import { ConsentFacade } from '../../../../src/exchange/consent/index.js';
import { closeFence, fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { ST_MARYS, startBench, until, type Bench, type Person, type Told } from './support/bench.js';

describe('an opt-out', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterEach(() => bench.control('DELETE', '/faults'));
  afterAll(() => bench.close());

  const toldTo = async ({ waId }: Person): Promise<Told[]> =>
    (await bench.control('GET', `/messages?to=${waId}`)).data;
  const stateOf = async (id: Uuid) => (await bench.messaging.sent(bench.ctx(), [id]))[0]!;
  const activeOf = async ({ addressId }: Person): Promise<number> =>
    (
      await bench.sql(`select 1 from consent.consent where address_id = $1 and status = 'active'`, [
        addressId,
      ])
    ).length;
  const withdraw = (person: Person) =>
    bench.app.get(ConsentFacade).withdraw(bench.ctx(), { addressId: person.addressId, method: 'verbal' });

  it('by a stop word ends the consents and is confirmed once, in the open window', async () => {
    const anna = await bench.person(1001);
    await bench.say(anna, 'Stop!');
    const told = await toldTo(anna);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'text', window_open: true });
    await bench.say(anna, 'STOP');
    await bench.say(anna, 'stop');
    expect(await toldTo(anna)).toHaveLength(1);
    const rows = await bench.sql(
      `select kind, state, consent_id from messaging.message where address_id = $1`,
      [anna.addressId],
    );
    expect(rows).toEqual([{ kind: 'stop-confirmation', state: 'delivered', consent_id: null }]);
    const { messageId } = await bench.messaging.send(bench.ctx(), bench.reminder(anna));
    await bench.settle();
    expect(await stateOf(messageId)).toMatchObject({ state: 'refused', reason: 'withdrawn' });
    expect(await toldTo(anna)).toHaveLength(1);
  });

  it('told twice by the same webhook is one opt-out', async () => {
    const ben = await bench.person(1002);
    await bench.control('POST', '/faults', { name: 'duplicate-webhooks', count: 3 });
    await bench.say(ben, 'stop');
    expect(await toldTo(ben)).toHaveLength(1);
    expect(
      await bench.sql(`select 1 from messaging.received where address_id = $1`, [ben.addressId]),
    ).toHaveLength(1);
  });

  it('is not read into a sentence or a button', async () => {
    const cleo = await bench.person(1003);
    await bench.say(cleo, 'Please do not stop');
    expect(await toldTo(cleo)).toHaveLength(0);
  });

  it('recorded by staff is confirmed once too, while the customer service window is open', async () => {
    const fay = await bench.person(1021);
    await bench.say(fay, 'Hello');
    await withdraw(fay);
    await withdraw(fay);
    await bench.settle();
    expect(await toldTo(fay)).toHaveLength(1);
  });

  it('recorded by staff outside the window ends the consents without a word', async () => {
    const gus = await bench.person(1022);
    await withdraw(gus);
    await bench.settle();
    expect(await toldTo(gus)).toHaveLength(0);
  });

  it('as the caption of a picture counts too', async () => {
    const hana = await bench.person(1008);
    await bench.control('POST', `/contacts/${hana.waId}/raw`, {
      phone_number_id: ST_MARYS,
      message: { type: 'image', image: { id: '700800900', mime_type: 'image/jpeg', caption: 'STOP' } },
    });
    await bench.settle();
    expect(await toldTo(hana)).toHaveLength(1);
    expect(await activeOf(hana)).toBe(0);
  });

  describe('when something is broken', () => {
    /** The database refuses rows of this contact until the answer is called. */
    const refuse = async (table: string, addressId: Uuid): Promise<() => Promise<unknown>> => {
      await bench.sql(`
        create function public.refuse() returns trigger language plpgsql as
          $$ begin raise exception 'refused'; end $$;
        create trigger refuse before insert on ${table} for each row
          when (new.address_id = '${addressId}') execute function public.refuse()`);
      return () => bench.sql(`drop trigger refuse on ${table}; drop function public.refuse()`);
    };
    /** What failed is due again. */
    const retry = async (): Promise<void> => {
      await bench.sql('update graphile_worker._private_jobs set run_at = now() where last_error is not null');
      await bench.settle();
    };
    /** One webhook with a message of each: one job for all. */
    const sayTogether = async (people: readonly { waId: string }[], body: string): Promise<void> => {
      const messages = people.map(({ waId }, n) => ({
        from: waId,
        id: `wamid.together-${n}`,
        timestamp: String(Math.floor(Date.now() / 1000) - 60 + n),
        type: 'text',
        text: { body },
      }));
      const metadata = { display_phone_number: '18005550190', phone_number_id: ST_MARYS };
      const value = { messaging_product: 'whatsapp', metadata, messages };
      const entry = [{ id: '200300400', changes: [{ field: 'messages', value }] }];
      const change = { object: 'whatsapp_business_account', entry };
      await bench.control('POST', '/send-raw-webhook', { phone_number_id: ST_MARYS, body: change });
      await bench.settle();
    };

    it('for one of two, the other is obeyed and confirmed, and the first with the next try', async () => {
      const [ines, jon] = [await bench.person(1009), await bench.person(1010)];
      for (const person of [ines, jon]) await bench.say(person, 'Hello');
      const mend = await refuse('consent.withdrawal', ines.addressId);
      await sayTogether([ines, jon], 'STOP');
      expect([await activeOf(ines), await activeOf(jon)]).toEqual([2, 0]);
      expect(await toldTo(jon)).toHaveLength(1);

      await mend();
      await retry();

      expect(await activeOf(ines)).toBe(0);
      expect(await toldTo(ines)).toHaveLength(1);
      expect(await toldTo(jon)).toHaveLength(1);
    });

    it('for the confirmation, it is in force all the same and confirmed once later', async () => {
      const kim = await bench.person(1023);
      const mend = await refuse('messaging.message', kim.addressId);
      await bench.say(kim, 'STOP');
      expect(await activeOf(kim)).toBe(0);
      expect(await toldTo(kim)).toHaveLength(0);

      await mend();
      await retry();
      await retry();

      expect(await toldTo(kim)).toHaveLength(1);
    });

    it('for the confirmation of somebody who never agreed, it is confirmed once later', async () => {
      const waId = '12125550188';
      await bench.say({ waId }, 'Hello');
      const [{ address_id: addressId }] = await bench.sql(
        'select address_id from messaging.received order by received_at desc limit 1',
      );
      const mend = await refuse('messaging.message', addressId);
      await bench.say({ waId }, 'STOP');
      const withdrawn = await bench.sql('select 1 from consent.withdrawal where address_id = $1', [
        addressId,
      ]);
      expect(withdrawn).toHaveLength(1);

      await mend();
      await retry();
      await retry();

      expect((await bench.control('GET', `/messages?to=${waId}`)).data).toHaveLength(1);
    });
  });

  it('waits for a send that has begun, and is then obeyed', async () => {
    const dora = await bench.person(1004);
    await bench.control('POST', '/faults', { name: 'hold-answer', count: 1 });
    const { messageId } = await bench.messaging.send(bench.ctx(), bench.reminder(dora));
    await bench.control('GET', '/held?at_least=1');
    let committed = false;
    const optOut = withdraw(dora).then(() => (committed = true));
    await sleep(500);
    // Without the fence it would have committed while the call was still under way.
    expect(committed).toBe(false);
    await bench.control('POST', '/release');
    await optOut;
    const next = await bench.messaging.send(bench.ctx(), bench.reminder(dora));
    await bench.settle();
    expect((await stateOf(messageId)).state).toBe('delivered');
    expect(await stateOf(next.messageId)).toMatchObject({ state: 'refused', reason: 'withdrawn' });
  });

  it('that is being committed lets nothing begin meanwhile', async () => {
    const emil = await bench.person(1005);
    const closed = bench.app.get(Transactions).run(bench.ctx(), async (tx) => {
      await closeFence(tx, [fenceKey(tx.organizationId, 'address', emil.addressId)]);
      const { messageId } = await bench.messaging.send(bench.ctx(), bench.reminder(emil));
      // Tried again each second: between two tries it lies there as it is asked for.
      await until(async () => (await stateOf(messageId)).reason === 'fenced');
      await sleep(1_500);
      await until(async () => (await stateOf(messageId)).state === 'ready');
      const waiting = await stateOf(messageId);
      await bench.app.get(ConsentFacade).withdraw(tx, { addressId: emil.addressId, method: 'verbal' });
      return { messageId, waiting };
    });
    const { messageId, waiting } = await closed;
    expect(waiting).toMatchObject({ state: 'ready', reason: 'fenced' });
    await until(async () => (await stateOf(messageId)).state === 'refused');
    expect(await toldTo(emil)).toHaveLength(0);
  });

  it('cannot commit between the check of the consent and the call', async () => {
    const finn = await bench.person(1006);
    // The sender has read the consent when it comes to the rate of the pair: there it is stopped for a while.
    const release = await bench.lockTable('messaging.pair');
    await bench.messaging.send(bench.ctx(), bench.reminder(finn));
    await until(async () => (await bench.waitingFor('messaging.pair')) > 0);
    const optOut = withdraw(finn).then(() => Date.now());
    await sleep(500);
    await release();
    const committed = await optOut;
    await bench.settle();
    const begun = (await toldTo(finn)).map(({ began_at: at }) => Date.parse(at));
    expect(begun).toHaveLength(1);
    expect(begun[0]).toBeLessThanOrEqual(committed);
  });
});

import { randomUUID } from 'node:crypto';
import type { SendRequest } from '../../../../src/exchange/messaging/index.js';
import { RecordSends } from '../../../../src/exchange/messaging/application/record-sends.js';
import type { SendingNumber } from '../../../../src/exchange/messaging/infrastructure/accounts.repository.js';
import {
  OutboxRepository,
  type OutboxRow,
} from '../../../../src/exchange/messaging/infrastructure/outbox.repository.js';
import { systemContext } from '../../../../src/platform/context/context.js';
import { closeFence, fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { startBench, until, type Bench, type Person, type Told } from './support/bench.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the way out', () => {
  let bench: Bench;
  let anna: Person;
  let bela: Person;

  beforeAll(async () => {
    bench = await startBench();
    anna = await bench.person(1001);
    bela = await bench.person(1003);
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

  const stuck = (): Promise<Told[]> =>
    bench.sql(`select * from worklist.work_item where kind = 'messages-stuck' order by raised_at`);

  describe('an answer that is recorded a second time', () => {
    const refused = {
      kind: 'refused' as const,
      error: { code: null, subcode: null, httpStatus: null, details: null, retryAfterMs: null },
    };
    const numberOf = async (message: Told): Promise<SendingNumber> =>
      (
        await bench.sql(
          'select id, phone_number_id as "phoneNumberId", null as "heldUntil" from messaging.account where id = $1',
          [message.account_id],
        )
      )[0];
    const begin = async (id: Uuid, token: Uuid): Promise<Uuid> => {
      const attemptId = randomUUID();
      await bench.sql(
        `update messaging.message set state = 'sending', lease_token = $2, lease_until = now() + interval '1 hour',
           consent_id = gen_random_uuid(), consent_version = 1, decided_at = now() where id = $1`,
        [id, token],
      );
      await bench.sql(
        `insert into messaging.attempt (organization_id, id, message_id, account_id, began_at)
         select organization_id, $2::uuid, id, account_id, platform.now() from messaging.message where id = $1`,
        [id, attemptId],
      );
      return attemptId;
    };

    it('does not touch the attempt that followed', async () => {
      // given: a refusal whose commit was answered by nobody, and the next attempt that has begun since
      const { messageId: id } = await bench.messaging.send(bench.ctx(), lasting(bench.reminder(anna)));
      await until(async () => (await row(id)).state === 'delivered');
      const message = await row(id);
      const first = randomUUID();
      const attemptId = await begin(id, first);
      const result = {
        message: { id, accountId: message.account_id, contentKind: 'template' } as OutboxRow,
        number: await numberOf(message),
        attemptId,
        token: first,
        outcome: refused,
      };
      await bench.app.get(RecordSends).run(bench.ctx(), [result]);
      const second = randomUUID();
      await begin(id, second);
      // when
      await bench.app.get(RecordSends).run(bench.ctx(), [result]);
      // then
      expect(await row(id)).toMatchObject({ state: 'sending', lease_token: second });
      await bench.sql(
        `update messaging.message set state = 'failed', lease_token = null, lease_until = null where id = $1`,
        [id],
      );
    });
  });

  describe('while sends are under way', () => {
    it('an address whose fence is closed waits, and the others of the batch go', async () => {
      // given: somebody who is just being opted out
      let open: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => (open = resolve));
      const { organizationId } = bench.ctx();
      const holding = bench.app.get(Transactions).run(systemContext(organizationId, 'test'), async (tx) => {
        await closeFence(tx, [fenceKey(organizationId, 'address', anna.addressId)]);
        await closed;
      });
      // when
      const shut = (await bench.messaging.send(bench.ctx(), lasting(bench.reminder(anna)))).messageId;
      const free = (await bench.messaging.send(bench.ctx(), lasting(bench.reminder(bela)))).messageId;
      await until(async () => (await row(free)).state === 'delivered');
      // then
      expect(await row(shut)).toMatchObject({ state: 'ready', reason: 'fenced' });
      expect(await attemptsOf(shut)).toHaveLength(0);
      open();
      await holding;
      await until(async () => (await row(shut)).state === 'delivered');
    });

    it('one that cannot be judged is set aside with a work item, and the others of its batch go', async () => {
      // given: an address whose sealed number was damaged, in one batch with two that are sound
      const [{ sealed }] = await bench.sql(
        'select number_sealed as sealed from patients.address where id = $1',
        [bela.addressId],
      );
      const damage = (bytes: Buffer) =>
        bench.sql('update patients.address set number_sealed = $2 where id = $1', [bela.addressId, bytes]);
      await damage(Buffer.concat([sealed.subarray(0, -1), Buffer.from([sealed.at(-1) ^ 1])]));
      await bench.sql(`update messaging.channel set slow_until = now() + interval '1 day'`);
      const ids: Uuid[] = [];
      for (const person of [anna, bela, anna])
        ids.push((await bench.messaging.send(bench.ctx(), lasting(bench.reminder(person)))).messageId);
      const [first, broken, second] = ids as [Uuid, Uuid, Uuid];
      // when
      await bench.sql('update messaging.channel set slow_until = null');
      await until(async () => (await row(first)).state === 'delivered');
      await until(async () => (await row(second)).state === 'delivered');
      // then
      await until(async () => (await row(broken)).reason === 'gate-failed');
      expect(await row(broken)).toMatchObject({ state: 'ready', lease_token: null });
      expect(await attemptsOf(broken)).toHaveLength(0);
      expect(await stuck()).toMatchObject([
        { subject_id: broken, reason: 'gate-failed', state: 'open', detail: { 'gate-failed': 1 } },
      ]);
      // and: a second one shows in the same item, which stays open as long as one of them is left
      const shortly = { usefulUntil: new Date(Date.now() + 5 * MINUTE) };
      const another = (await bench.messaging.send(bench.ctx(), bench.reminder(bela, shortly))).messageId;
      await until(async () => (await row(another)).reason === 'gate-failed');
      await bench.settle();
      expect(await stuck()).toMatchObject([
        { subject_id: broken, state: 'open', detail: { 'gate-failed': 2 } },
      ]);
      // and: that it waits for something else meanwhile mends nothing
      const { due_at: dueAt } = await row(broken);
      const token = randomUUID();
      await bench.sql(
        `update messaging.message set state = 'claimed', lease_token = $2, lease_until = now() + interval '1 hour'
          where id = $1`,
        [broken, token],
      );
      await bench.app
        .get(Transactions)
        .run(bench.ctx(), (tx) =>
          bench.app.get(OutboxRepository).giveBack(tx, token, [{ id: broken, dueAt, reason: 'fenced' }]),
        );
      expect(await row(broken)).toMatchObject({ state: 'ready', reason: 'gate-failed' });
      await bench.advance('PT6M');
      expect((await row(another)).state).toBe('expired');
      expect(await stuck()).toMatchObject([{ subject_id: broken, state: 'open' }]);
      // and: it goes once it is mended, and the item is resolved
      await damage(sealed);
      await bench.advance('PT10M');
      await until(async () => (await row(broken)).state === 'delivered');
      await bench.settle();
      expect(await stuck()).toMatchObject([{ state: 'resolved', resolution: 'none-left' }]);
    });

    it('those of a number whose token cannot be opened are set aside, and go once there is another', async () => {
      // given
      const replace = (bytes: Buffer) =>
        bench.sql(
          `update messaging.account set access_token_sealed = $2, version = version + 1
            where organization_id = $1 returning id`,
          [bench.ctx().organizationId, bytes],
        );
      const [{ sealed }] = await bench.sql(
        'select access_token_sealed as sealed from messaging.account where organization_id = $1',
        [bench.ctx().organizationId],
      );
      const [{ id: accountId }] = await replace(Buffer.from('no envelope'));
      // when
      const { messageId } = await bench.messaging.send(bench.ctx(), lasting(bench.reminder(anna)));
      await until(async () => (await row(messageId)).reason === 'token-unreadable');
      // then
      expect(await row(messageId)).toMatchObject({ state: 'ready', lease_token: null });
      expect(await attemptsOf(messageId)).toHaveLength(0);
      const items = await bench.sql(
        `select detail from worklist.work_item where key = $1 and state = 'open'`,
        [`messages-stuck:${accountId}`],
      );
      expect(items).toEqual([{ detail: { 'token-unreadable': 1 } }]);
      // and
      await replace(sealed);
      await bench.advance('PT10M');
      await until(async () => (await row(messageId)).state === 'delivered');
      await bench.settle();
      expect((await stuck()).map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    });

    it('each leaves one audit event before it goes, with the consent relied on', async () => {
      const id = await send(bench.reminder(anna));
      const message = await row(id);
      const [event] = await bench.sql(
        `select body, patient_id from audit.event where entity_id = $1 and type = 'message.sending'`,
        [id],
      );
      expect(event.patient_id).toBe(anna.patientId);
      expect(JSON.parse(event.body.toString())).toMatchObject({
        detail: {
          purpose: 'appointment-reminders',
          consent_id: message.consent_id,
          consent_version: message.consent_version,
        },
      });
    });
  });
});

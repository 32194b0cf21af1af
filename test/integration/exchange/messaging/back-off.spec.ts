import { randomUUID } from 'node:crypto';
import { RecordSends } from '../../../../src/exchange/messaging/application/record-sends.js';
import type { SendingNumber } from '../../../../src/exchange/messaging/infrastructure/accounts.repository.js';
import type { OutboxRow } from '../../../../src/exchange/messaging/infrastructure/outbox.repository.js';
import { closeFence, fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { startBench, until, type Bench, type Person } from './support/bench.js';

const MANY = 8;

describe('messages that are turned away together', () => {
  let bench: Bench;
  let anna: Person;

  beforeAll(async () => {
    bench = await startBench();
    anna = await bench.person(1001);
  });
  afterAll(() => bench.close());

  /** Handed in while their number is held back, so that one batch takes them all. */
  const handIn = async (): Promise<Uuid[]> => {
    await bench.sql(`update messaging.channel set slow_until = now() + interval '1 day'`);
    const ids: Uuid[] = [];
    for (let n = 0; n < MANY; n++)
      ids.push((await bench.messaging.send(bench.ctx(), bench.reminder(anna))).messageId);
    return ids;
  };
  const waiting = async (ids: Uuid[], reason: string | null): Promise<Date[]> =>
    (
      await bench.sql(
        `select due_at from messaging.message
          where id = any($1) and state = 'ready' and due_at > platform.now() and reason is not distinct from $2`,
        [ids, reason],
      )
    ).map(({ due_at: dueAt }) => dueAt as Date);
  const instants = (dates: Date[]): number => new Set(dates.map((date) => date.getTime())).size;

  it('by a fence that is closed come back one by one', async () => {
    const ids = await handIn();
    await bench.app.get(Transactions).run(bench.ctx(), async (tx) => {
      await closeFence(tx, [fenceKey(tx.organizationId, 'address', anna.addressId)]);
      await bench.sql('update messaging.channel set slow_until = null');
      await until(async () => (await waiting(ids, 'fenced')).length === MANY);
      await bench.sql(`update messaging.channel set slow_until = now() + interval '1 day'`);
    });
    expect(instants(await waiting(ids, 'fenced'))).toBeGreaterThan(1);
  });

  it('by calls that were not begun come back one by one', async () => {
    const ids = await handIn();
    const token = randomUUID();
    await bench.sql(
      `update messaging.message set state = 'sending', lease_token = $2, lease_until = now() + interval '1 hour',
         consent_id = gen_random_uuid(), consent_version = 1, decided_at = now() where id = any($1)`,
      [ids, token],
    );
    const attempts = await bench.sql(
      `insert into messaging.attempt (organization_id, id, message_id, account_id, began_at)
       select organization_id, gen_random_uuid(), id, account_id, platform.now()
         from messaging.message where id = any($1) returning id, message_id, account_id`,
      [ids],
    );
    const results = attempts.map((attempt) => ({
      message: { id: attempt.message_id, accountId: attempt.account_id } as OutboxRow,
      number: { id: attempt.account_id, heldUntil: null } as SendingNumber,
      attemptId: attempt.id as Uuid,
      token,
      outcome: { kind: 'not-begun' as const },
    }));
    await bench.app.get(RecordSends).run(bench.ctx(), results);
    const dates = await waiting(ids, null);
    expect([dates.length, instants(dates) > 1]).toEqual([MANY, true]);
  });
});

import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { SendingNumber } from '../../../../src/exchange/messaging/infrastructure/accounts.repository.js';
import type { OutboxRow } from '../../../../src/exchange/messaging/infrastructure/outbox.repository.js';
import { RecordSends } from '../../../../src/exchange/messaging/application/record-sends.js';
import { WorkInbox } from '../../../../src/exchange/messaging/application/work-inbox.js';
import {
  note,
  stateOf,
  STATUSES,
  type Progress,
  type StatusFact,
} from '../../../../src/exchange/messaging/domain/message.states.js';
import type { AccountEntity } from '../../../../src/exchange/messaging/infrastructure/account.entity.js';
import { AccountsRepository } from '../../../../src/exchange/messaging/infrastructure/accounts.repository.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { newId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { ST_MARYS, startBench, type Bench, type Person } from './support/bench.js';
import { asMeta, deliverSigned, webhookOf } from './support/post.js';

/** `npm run check:permutations` plays more of them. */
const RUNS = Number(process.env['PERMUTATIONS'] ?? 40);
/** Some ten webhooks through the whole inbox, on a busy machine. */
const RUN_LIMIT_MS = 1_000;
jest.setTimeout(60_000 + RUNS * RUN_LIMIT_MS);

/** A status as Meta tells it, with our attempt id or without. */
interface Told extends StatusFact {
  withAttempt: boolean;
}

/** What happens to one message, in this order. */
type Happening = { kind: 'told'; told: Told } | { kind: 'answer' } | { kind: 'worked' };

const BEGAN = 1_790_000_000_000;

const told: fc.Arbitrary<Told> = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    second: fc.nat(6),
    code: fc.constantFrom(131026, 131049),
    withAttempt: fc.boolean(),
  })
  .map(({ status, second, code, withAttempt }) => ({
    status,
    at: new Date(BEGAN + second * 1_000),
    code: status === 'failed' ? code : null,
    withAttempt,
  }));

const story = fc
  .record({
    answer: fc.constantFrom('accepted' as const, 'unknown' as const),
    facts: fc.array(told, { minLength: 1, maxLength: 4 }),
  })
  // Without an answer only our attempt id can tell whose a status is.
  .map(({ answer, facts: [first, ...rest] }) => ({
    answer,
    facts: answer === 'unknown' ? [{ ...first!, withAttempt: true }, ...rest] : [first!, ...rest],
  }))
  .chain(({ answer, facts }) => {
    const happenings: Happening[] = [
      ...[...facts, ...facts].map((one) => ({ kind: 'told' as const, told: one })),
      { kind: 'answer' },
      { kind: 'worked' },
      { kind: 'worked' },
    ];
    return fc.record({
      answer: fc.constant(answer),
      facts: fc.constant(facts),
      happenings: fc.shuffledSubarray(happenings, { minLength: happenings.length }),
    });
  });

/** The lease of every message that is being sent here. */
const LEASE = newId();

describe('the webhooks of a message, in any order and any number', () => {
  let bench: Bench;
  let anna: Person;
  let account: AccountEntity;

  beforeAll(async () => {
    bench = await startBench();
    anna = await bench.person(1001);
    [account] = (await bench.app
      .get(Transactions)
      .run(bench.ctx(), (tx) => bench.app.get(AccountsRepository).active(tx))) as [AccountEntity];
  });
  afterAll(() => bench.close());

  it('end in the same state, whenever our own answer came', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ answer, facts, happenings }) => {
        const message = await begun();
        const wamid = `wamid.${message.messageId}`;
        for (const happening of happenings) {
          if (happening.kind === 'worked') await work();
          else if (happening.kind === 'answer') await answered(message, answer, wamid);
          else await tell(message.attemptId, wamid, happening.told);
        }
        await bench.settle();
        const progress = facts.reduce<Progress>(note, NOTHING);
        const { wamid_index: index, accepted_at: _, ...end } = await rowOf(message.messageId);
        expect(end).toEqual({
          state: stateOf(progress),
          sent_at: progress.sentAt,
          delivered_at: progress.deliveredAt,
          read_at: progress.readAt,
          failed_at: progress.failedAt,
          failure_code: progress.failureCode,
          reason: null,
          unknown_at: null,
          lease_token: null,
        });
        expect(index).not.toBeNull();
        expect(await outcomeOf(message.attemptId)).toBe('accepted');
      }),
      { numRuns: RUNS },
    );
    expect(await bench.sql('select 1 from messaging.early_status')).toEqual([]);
    expect(
      await bench.sql(`select 1 from worklist.work_item where kind = 'message-unknown' and state = 'open'`),
    ).toEqual([]);
  });

  it('resolve the work item of a message that was parked', async () => {
    const message = await begun('parked');
    await bench.sql(
      `insert into worklist.work_item (organization_id, id, kind, reason, key, subject_kind, subject_id, due_at, raised_at)
       select organization_id, gen_random_uuid(), 'message-unknown', 'no-answer', 'message-unknown:' || id, 'message', id,
              now(), now() from messaging.message where id = $1`,
      [message.messageId],
    );
    await tell(message.attemptId, 'wamid.PARKED', {
      status: 'sent',
      at: new Date(BEGAN),
      code: null,
      withAttempt: true,
    });
    await bench.settle();
    expect(await rowOf(message.messageId)).toMatchObject({ state: 'sent', unknown_at: null });
    expect(
      await bench.sql('select state, resolution from worklist.work_item where subject_id = $1', [
        message.messageId,
      ]),
    ).toEqual([{ state: 'resolved', resolution: 'status-came' }]);
  });

  it('keep an early status for seven days, and no longer', async () => {
    await tell(randomUUID(), 'wamid.NOBODY', {
      status: 'read',
      at: new Date(BEGAN),
      code: null,
      withAttempt: false,
    });
    await bench.settle();
    const early = (): Promise<unknown[]> => bench.sql('select status from messaging.early_status');
    await bench.advance('PT167H');
    expect(await early()).toHaveLength(1);
    await bench.advance('PT2H');
    expect(await early()).toHaveLength(0);
  });

  /** A message whose call has begun. */
  async function begun(
    state: 'sending' | 'parked' = 'sending',
  ): Promise<{ messageId: Uuid; attemptId: Uuid }> {
    const [messageId, attemptId] = [newId(), randomUUID()];
    await bench.sql(
      `insert into messaging.message (organization_id, id, account_id, origin, origin_key, kind, address_id, patient_id,
         purpose, content_kind, content_sealed, state, due_at, useful_until, lease_token, lease_until, created_at, unknown_at)
       select organization_id, $1::uuid, id, 'notice', $1::uuid::text, 'stop-confirmation', $2::uuid, $3::uuid, 'care-conversation', 'text', 'x', $4::text,
              platform.now(), platform.now() + interval '1 day', case when $4::text = 'sending' then $6::uuid end,
              case when $4::text = 'sending' then now() + interval '1 hour' end, platform.now(),
              case when $4::text = 'parked' then platform.now() end
         from messaging.account where phone_number_id = $5`,
      [messageId, anna.addressId, anna.patientId, state, ST_MARYS, LEASE],
    );
    await bench.sql(
      `insert into messaging.attempt (organization_id, id, message_id, account_id, began_at)
       select organization_id, $2::uuid, id, account_id, platform.now() from messaging.message where id = $1::uuid`,
      [messageId, attemptId],
    );
    return { messageId, attemptId };
  }

  async function tell(attemptId: Uuid, wamid: string, one: Told): Promise<void> {
    const status = {
      id: wamid,
      status: one.status,
      timestamp: String(one.at.getTime() / 1_000),
      recipient_id: anna.waId,
      ...(one.withAttempt && { biz_opaque_callback_data: attemptId }),
      ...(one.code !== null && { errors: [{ code: one.code, title: 'x' }] }),
    };
    // Each telling is a webhook of its own: the inbox alone must not make it one.
    const body = asMeta({ ...webhookOf({ statuses: [status], nonce: randomUUID() }) });
    expect((await deliverSigned(bench, body)).status).toBe(200);
  }

  async function answered(
    { messageId, attemptId }: { messageId: Uuid; attemptId: Uuid },
    answer: 'accepted' | 'unknown',
    wamid: string,
  ): Promise<void> {
    const outcome =
      answer === 'accepted' ? { kind: answer, wamid } : ({ kind: 'unknown', httpStatus: null } as const);
    const message = { id: messageId, addressId: anna.addressId, patientId: anna.patientId } as OutboxRow;
    const number = { ...account, heldUntil: null } as unknown as SendingNumber;
    await bench.app
      .get(RecordSends)
      .run(bench.ctx(), [{ message, number, attemptId, outcome, token: LEASE }]);
  }

  async function work(): Promise<void> {
    while ((await bench.app.get(WorkInbox).claim(bench.ctx())) > 0);
  }

  async function rowOf(id: Uuid): Promise<Record<string, unknown>> {
    const [row] = await bench.sql(
      `select state, sent_at, delivered_at, read_at, failed_at, failure_code, reason, unknown_at, lease_token, accepted_at,
              wamid_index from messaging.message where id = $1`,
      [id],
    );
    return row;
  }

  async function outcomeOf(attemptId: Uuid): Promise<string> {
    return (await bench.sql('select outcome from messaging.attempt where id = $1', [attemptId]))[0].outcome;
  }
});

const NOTHING: Progress = {
  acceptedAt: null,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  failedAt: null,
  failureCode: null,
};

import { Injectable } from '@nestjs/common';
import { AuditFacade, type AuditEntry } from '../../../foundation/audit/index.js';
import { VaultFacade, type Keys } from '../../../foundation/vault/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { spread } from '../domain/back-off.js';
import { stateOf, type MessageState } from '../domain/message.states.js';
import { MessageStatusChanged } from '../events.js';
import {
  LedgerRepository,
  type Acceptance,
  type MessageChange,
} from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { OutboxRepository, type AttemptEnd, type OutboxRow } from '../infrastructure/outbox.repository.js';
import { MessagingMetrics } from './metrics.js';
import { parkedKey } from './recover-sends.js';
import { ActOnAnswers } from './act-on-answers.js';
import { refused, type SendResult } from './send-result.js';
import { placeOf, subjectOf, WAMID } from './sealing.js';

/** What was not begun comes again after this: whatever stood in its way may stand there still. */
const NOT_BEGUN_RETRY_MS = 2_000;

/** Here an answer decides; after a status came, the status has told more. */
const UNDECIDED: ReadonlySet<MessageState> = new Set(['sending', 'unknown', 'parked']);

/** Keeps what calls brought, in one transaction: what was simply accepted in one statement, the rest row by row. */
@Injectable()
export class RecordSends {
  constructor(
    private readonly transactions: Transactions,
    private readonly ledger: LedgerRepository,
    private readonly outbox: OutboxRepository,
    private readonly acting: ActOnAnswers,
    private readonly vault: VaultFacade,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** May be repeated with the same results. */
  async run(ctx: Context, results: readonly SendResult[]): Promise<void> {
    await this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      const acceptances = await this.acceptancesOf(tx, results, now);
      const simple = await this.ledger.accept(tx, [...acceptances.values()]);
      const rest = results.filter(({ message }) => !simple.has(message.id));
      const changed = await this.recordRest(tx, { results: rest, acceptances, now });
      await this.outbox.endAttempts(tx, rest.map(endOf));
      await this.acting.run(tx, results, changed);
      await this.audit.recordAll(tx, changed.flatMap(failureOf));
      await this.events.publish(tx, MessageStatusChanged, [...simple, ...changed.map(({ id }) => id)]);
    });
    for (const { outcome } of results) this.metrics.attempts.inc({ outcome: outcome.kind });
  }

  /** By message: its wamid, which holds the phone number in base64, sealed and blind. */
  private async acceptancesOf(
    tx: TxContext,
    results: readonly SendResult[],
    now: Date,
  ): Promise<Map<Uuid, Acceptance>> {
    const accepted = results.flatMap(({ message, attemptId, outcome }) =>
      outcome.kind === 'accepted' ? [{ message, attemptId, wamid: outcome.wamid }] : [],
    );
    const keys = await this.vault.keysFor(
      tx,
      accepted.map(({ message }) => subjectOf(message)),
    );
    const rows = await Promise.all(
      accepted.map(async ({ message, attemptId, wamid }) => ({
        id: message.id,
        attemptId,
        acceptedAt: now,
        wamidIndex: await this.vault.index(tx, WAMID, wamid),
        wamidSealed: sealed(keys, message, wamid),
      })),
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** What was refused or not answered, and what a status or the end of its lease had overtaken. */
  private async recordRest(
    tx: TxContext,
    rest: { results: readonly SendResult[]; acceptances: ReadonlyMap<Uuid, Acceptance>; now: Date },
  ): Promise<MessageChange[]> {
    if (rest.results.length === 0) return [];
    const ids = rest.results.map(({ message }) => message.id);
    const rows = new Map((await this.ledger.lock(tx, ids)).map((row) => [row.id, row]));
    const open = await this.outbox.openAttempts(
      tx,
      rest.results.map(({ attemptId }) => attemptId),
    );
    const changes: MessageChange[] = [];
    for (const { message, outcome, attemptId, token } of rest.results) {
      const row = rows.get(message.id)!;
      // Recorded before, or of an attempt that another has followed: it must not act on that one.
      if (!open.has(attemptId) || (row.state === 'sending' && row.leaseToken !== token)) continue;
      const change = changeFor(row, outcome, { acceptance: rest.acceptances.get(row.id), now: rest.now });
      if (!change) continue;
      changes.push(change);
      if (row.state === 'parked') await this.worklist.resolve(tx, parkedKey(row.id), 'answer-came');
    }
    await this.ledger.save(tx, changes);
    return changes;
  }
}

function changeFor(
  row: MessageEntity,
  outcome: SendResult['outcome'],
  { acceptance, now }: { acceptance: Acceptance | undefined; now: Date },
): MessageChange | null {
  if (acceptance) {
    const progress = { ...row, ...acceptance, acceptedAt: row.acceptedAt ?? now };
    return { ...progress, state: stateOf(progress), reason: null, unknownAt: null };
  }
  if (!UNDECIDED.has(row.state)) return null;
  if (outcome.kind === 'unknown') {
    return row.state === 'sending' ? { ...row, state: 'unknown', reason: null, unknownAt: now } : null;
  }
  if (outcome.kind === 'refused') return refused(row, outcome.error, now);
  const dueAt = new Date(now.getTime() + spread(NOT_BEGUN_RETRY_MS, Math.random()));
  return { ...row, state: 'ready', reason: null, dueAt, unknownAt: null };
}

function sealed(keys: Keys, message: OutboxRow, wamid: string): Buffer {
  return keys.seal(subjectOf(message), placeOf('message', 'wamid_sealed', message.id), wamid);
}

function endOf({ attemptId, outcome }: SendResult): AttemptEnd {
  const error = outcome.kind === 'refused' ? outcome.error : null;
  return {
    id: attemptId,
    outcome: outcome.kind,
    code: error?.code ?? null,
    subcode: error?.subcode ?? null,
    httpStatus: error?.httpStatus ?? (outcome.kind === 'unknown' ? outcome.httpStatus : null),
  };
}

/** Sends that ended badly, or whose end nobody knows, stand in the audit log too. */
function failureOf({ id, state, failureCode }: MessageChange): AuditEntry[] {
  if (state !== 'failed' && state !== 'unknown' && state !== 'refused') return [];
  const entity = { kind: 'message', id };
  const detail: AuditEntry['detail'] = failureCode === null ? {} : { code: failureCode };
  return [{ type: `message.${state}`, action: 'E', outcome: 'minor-failure', entity, detail }];
}

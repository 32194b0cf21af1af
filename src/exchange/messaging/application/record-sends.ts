import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { stateOf, type MessageState } from '../domain/message.states.js';
import { nextStep, reactionTo } from '../domain/reactions.js';
import { MessageStatusChanged } from '../events.js';
import type { AccountEntity } from '../infrastructure/account.entity.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { SendOutcome } from '../infrastructure/graph-client.js';
import type { GraphError } from '../infrastructure/graph-error.js';
import { LedgerRepository, type MessageChange } from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { OutboxRepository, type AttemptEnd } from '../infrastructure/outbox.repository.js';
import { TemplatesRepository } from '../infrastructure/templates.repository.js';
import { Channels } from './channels.js';
import { MessagingMetrics } from './metrics.js';
import { parkedKey } from './recover-sends.js';
import { placeOf, subjectOf, WAMID } from './sealing.js';
import { TemplateAlarms } from './template-alarms.js';

export interface SendResult {
  messageId: Uuid;
  attemptId: Uuid;
  /** `not-begun`: our locks were gone before the call. */
  outcome: SendOutcome | { kind: 'not-begun' };
}

/** Here an answer decides; after a status came, the status has told more. */
const UNDECIDED: ReadonlySet<MessageState> = new Set(['sending', 'unknown', 'parked']);

/** Keeps what the calls of one batch brought, in one transaction. */
@Injectable()
export class RecordSends {
  constructor(
    private readonly transactions: Transactions,
    private readonly ledger: LedgerRepository,
    private readonly outbox: OutboxRepository,
    private readonly templates: TemplatesRepository,
    private readonly channels: Channels,
    private readonly vault: VaultFacade,
    private readonly worklist: WorklistFacade,
    private readonly alarms: TemplateAlarms,
    private readonly events: Events,
    private readonly metrics: MessagingMetrics,
  ) {}

  async run(ctx: Context, account: AccountEntity, results: readonly SendResult[]): Promise<void> {
    if (results.length === 0) return;
    await this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      const rows = new Map(
        (
          await this.ledger.lock(
            tx,
            results.map(({ messageId }) => messageId),
          )
        ).map((row) => [row.id, row]),
      );
      const changes: MessageChange[] = [];
      for (const result of results)
        changes.push(...(await this.changeFor(tx, rows.get(result.messageId)!, result, now)));
      await this.ledger.save(tx, changes);
      await this.outbox.endAttempts(tx, results.map(endOf));
      await this.act(tx, account, results, { rows, changes, now });
      await this.events.publish(
        tx,
        MessageStatusChanged,
        changes.map(({ id }) => id),
      );
    });
    for (const { outcome } of results) this.metrics.attempts.inc({ outcome: outcome.kind });
  }

  private async changeFor(
    tx: TxContext,
    row: MessageEntity,
    { outcome }: SendResult,
    now: Date,
  ): Promise<MessageChange[]> {
    if (outcome.kind === 'accepted') return [await this.accepted(tx, row, outcome.wamid, now)];
    if (!UNDECIDED.has(row.state)) return [];
    switch (outcome.kind) {
      case 'unknown':
        return row.state === 'sending' ? [{ ...row, state: 'unknown', reason: null, unknownAt: now }] : [];
      case 'not-begun':
        return [{ ...row, state: 'ready', reason: null, dueAt: now, unknownAt: null }];
      case 'refused':
        return [refused(row, outcome.error, now)];
    }
  }

  private async accepted(
    tx: TxContext,
    row: MessageEntity,
    wamid: string,
    now: Date,
  ): Promise<MessageChange> {
    const progress = { ...row, acceptedAt: row.acceptedAt ?? now };
    return {
      ...progress,
      state: stateOf(progress),
      reason: null,
      unknownAt: null,
      wamidIndex: await this.vault.index(tx, WAMID, wamid),
      wamidSealed: await this.vault.seal(
        tx,
        subjectOf(row),
        placeOf('message', 'wamid_sealed', row.id),
        wamid,
      ),
    };
  }

  /** What refusals mean beyond their own message: channel, number, template, and work items that are settled. */
  private async act(
    tx: TxContext,
    account: AccountEntity,
    results: readonly SendResult[],
    known: { rows: Map<Uuid, MessageEntity>; changes: MessageChange[]; now: Date },
  ): Promise<void> {
    for (const { id } of known.changes) {
      if (known.rows.get(id)!.state === 'parked')
        await this.worklist.resolve(tx, parkedKey(id), 'answer-came');
    }
    const accepted = results.filter(({ outcome }) => outcome.kind === 'accepted');
    if (accepted.length > 0) {
      const isTemplate = accepted.some(
        ({ messageId }) => known.rows.get(messageId)?.contentKind === 'template',
      );
      await this.channels.release(tx, account.id, isTemplate ? 'template' : 'free-form');
    }
    for (const { messageId, outcome } of results) {
      if (outcome.kind !== 'refused') continue;
      const change = known.changes.find(({ id }) => id === messageId);
      await this.actOnRefusal(tx, account, {
        error: outcome.error,
        row: known.rows.get(messageId)!,
        dueAt: change?.dueAt,
      });
    }
  }

  private async actOnRefusal(
    tx: TxContext,
    account: AccountEntity,
    { error, row, dueAt }: { error: GraphError; row: MessageEntity; dueAt: Date | undefined },
  ): Promise<void> {
    const reaction = reactionTo(error);
    this.metrics.refusals.inc({ code: String(error.code ?? `http-${error.httpStatus ?? 'none'}`), reaction });
    if (reaction === 'hold' || reaction === 'hold-templates') await this.channels.hold(tx, account.id, error);
    if (reaction === 'slow-number' && dueAt) await this.channels.slow(tx, account.id, dueAt);
    if (reaction === 'template' && row.templateName !== null && row.templateLanguage !== null) {
      const { templateName: name, templateLanguage: language } = row;
      await this.templates.suspend(tx, {
        businessAccountId: account.businessAccountId,
        name,
        language,
        code: error.code!,
      });
      await this.alarms.raise(tx, row, 'template-not-usable');
    }
  }
}

function refused(row: MessageEntity, error: GraphError, now: Date): MessageChange {
  const step = nextStep({ ...error, tries: row.tries, chance: Math.random() });
  const base = { ...row, reason: null, tries: row.tries + 1, unknownAt: null };
  if (step.state === 'refused')
    return { ...base, state: 'refused', reason: step.reason, failureCode: error.code };
  if (step.state === 'failed')
    return { ...base, state: 'failed', reason: reactionTo(error), failureCode: error.code, failedAt: now };
  return {
    ...base,
    state: 'ready',
    reason: waitReason(error),
    dueAt: new Date(now.getTime() + step.delayMs),
  };
}

function waitReason(error: GraphError): string {
  return error.code === null ? 'whatsapp-away' : `meta-${error.code}`;
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

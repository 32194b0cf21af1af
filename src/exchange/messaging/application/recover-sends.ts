import { Injectable } from '@nestjs/common';
import { AuditFacade, type AuditEntry } from '../../../foundation/audit/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { MessageParked, MessageStatusChanged } from '../events.js';
import { OutboxRepository, type WitnessRule } from '../infrastructure/outbox.repository.js';
import { MessagingMetrics } from './metrics.js';

const MINUTE_MS = 60_000;

/**
 * A status may take ten minutes before a witness or a person decides. A witness is a send that its number began at
 * least a minute later: its status shows that statuses arrive. Who was away for longer than a lease and some turns has
 * missed statuses itself, and Meta posts those again only in its own time.
 */
const RULE: WitnessRule = { graceMs: 10 * MINUTE_MS, witnessMs: MINUTE_MS, promptMs: 3 * MINUTE_MS };

/** Leases whose sender died, sends whose answer never came, and messages that waited until they were of no use. */
@Injectable()
export class RecoverSends {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** Returns how many it settled. Each step by itself: what stops one must not undo the others. */
  async run(ctx: Context): Promise<number> {
    const steps = [
      (tx: TxContext) => this.endLeases(tx),
      (tx: TxContext) => this.expire(tx),
      (tx: TxContext) => this.settle(tx),
    ];
    let settled = 0;
    for (const step of steps) settled += await this.transactions.run(ctx, (tx) => this.told(tx, step));
    return settled;
  }

  private async told(tx: TxContext, step: (tx: TxContext) => Promise<AuditEntry[]>): Promise<number> {
    const entries = await step(tx);
    await this.audit.recordAll(tx, entries);
    const ids = entries.map(({ entity }) => entity!.id);
    await this.events.publish(tx, MessageStatusChanged, ids);
    return ids.length;
  }

  private async endLeases(tx: TxContext): Promise<AuditEntry[]> {
    return (await this.outbox.recoverLeases(tx)).map((id) => entryOf('message.unknown', { id }));
  }

  /** One item per number: a person sees that reminders did not go, and the report tells which. */
  private async expire(tx: TxContext): Promise<AuditEntry[]> {
    const expired = await this.outbox.expire(tx);
    const reminders = expired.filter(({ origin }) => origin === 'reminder');
    for (const accountId of new Set(reminders.map((row) => row.accountId))) {
      await this.worklist.raise(tx, {
        kind: 'reminders-expired',
        reason: 'waited-too-long',
        key: `reminders-expired:${accountId}`,
        subject: { kind: 'whatsapp-account', id: accountId },
      });
    }
    return expired.map((row) => entryOf('message.expired', row));
  }

  /**
   * Meta has no idempotency key, and the patient may have read the message already: so it goes again once at most,
   * and only when a later send of its number has got a status while it has got none. Else a person decides.
   */
  private async settle(tx: TxContext): Promise<AuditEntry[]> {
    const settled = await this.outbox.settleUnknown(tx, RULE);
    const parked = settled.filter(({ again }) => !again);
    for (const { id, patientId } of parked) {
      await this.worklist.raise(tx, {
        kind: 'message-unknown',
        reason: 'no-answer',
        key: parkedKey(id),
        subject: { kind: 'message', id },
        ...(patientId ? { patientId } : {}),
      });
    }
    await this.events.publish(
      tx,
      MessageParked,
      parked.map(({ id }) => id),
    );
    afterCommit(tx, () => this.metrics.witnessResends.inc(settled.length - parked.length));
    return settled.map((row) => entryOf(row.again ? 'message.sent-again' : 'message.parked', row));
  }
}

/** The key of a parked message's work item. */
export function parkedKey(messageId: Uuid): string {
  return `message-unknown:${messageId}`;
}

function entryOf(type: string, row: { id: Uuid; patientId?: Uuid | null }): AuditEntry {
  return {
    type,
    action: 'E',
    outcome: type === 'message.sent-again' ? 'success' : 'minor-failure',
    entity: { kind: 'message', id: row.id },
    ...(row.patientId ? { patientId: row.patientId } : {}),
  };
}

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditFacade, type AuditEntry } from '../../../foundation/audit/index.js';
import { VaultFacade, type Keys } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { Log } from '../../../platform/logging/log.js';
import type { Content } from '../domain/content.js';
import { PAIR_RATE, pace } from '../domain/pace.js';
import { payloadOf } from '../domain/payload.js';
import { MessageStatusChanged } from '../events.js';
import type { SendingNumber } from '../infrastructure/accounts.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { OutboxRepository, pairKey, type OutboxRow } from '../infrastructure/outbox.repository.js';
import { Gate, type GateAnswer } from './gate.js';
import { placeOf, subjectOf, type SentContent } from './sealing.js';
import { SetAside } from './set-aside.js';
import { TemplateAlarms } from './template-alarms.js';

/** A message whose attempt row is committed: it may be sent now. */
export interface Begun {
  message: OutboxRow;
  attemptId: Uuid;
  payload: object;
}

interface Asked {
  message: OutboxRow;
  content: Content;
  answer: GateAnswer;
}

interface Batch {
  token: Uuid;
  numbers: ReadonlyMap<Uuid, SendingNumber>;
  rows: readonly OutboxRow[];
}

/** How long halves are tried: their addresses are locked meanwhile, and an opt-out waits. */
const HALVING_MS = 5_000;
/** When so many fail one by one and none begins, the fault is not theirs. */
const MOST_ASIDE = 3;

/** What came of a batch that is begun half by half. */
interface Trial {
  until: number;
  begun: number;
  aside: number;
}

/** The gate and the attempt rows, in one transaction that is committed before the first call. */
@Injectable()
export class BeginSends {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly gate: Gate,
    private readonly vault: VaultFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
    private readonly alarms: TemplateAlarms,
    private readonly setAside: SetAside,
    private readonly log: Log,
  ) {}

  /** A batch that fails is begun half by half, so that one row that cannot be judged stops no other. */
  async run(ctx: Context, batch: Batch): Promise<Begun[]> {
    if (batch.rows.length === 0) return [];
    return this.try(ctx, batch, { until: performance.now() + HALVING_MS, begun: 0, aside: 0 });
  }

  private async try(ctx: Context, batch: Batch, trial: Trial): Promise<Begun[]> {
    try {
      const begun = await this.begin(ctx, batch);
      trial.begun += begun.length;
      return begun;
    } catch (error) {
      if (isOfAll(error, trial)) throw error;
      if (batch.rows.length > 1) return this.inHalves(ctx, batch, trial);
      trial.aside++;
      await this.setAside.run(ctx, batch.token, batch.rows, { reason: 'gate-failed', error });
      return [];
    }
  }

  private async inHalves(ctx: Context, batch: Batch, trial: Trial): Promise<Begun[]> {
    const middle = batch.rows.length >> 1;
    const first = await this.try(ctx, { ...batch, rows: batch.rows.slice(0, middle) }, trial);
    try {
      return [...first, ...(await this.try(ctx, { ...batch, rows: batch.rows.slice(middle) }, trial))];
    } catch (error) {
      // What one half has begun must be sent, whatever becomes of the other.
      if (first.length === 0) throw error;
      this.log.warn('whatsapp.batch-failed', { organization_id: ctx.organizationId }, error);
      return first;
    }
  }

  private begin(ctx: Context, batch: Batch): Promise<Begun[]> {
    return this.transactions.run(ctx, async (tx) => {
      const asked = await this.ask(tx, batch);
      await this.stop(tx, batch.token, asked);
      const free = await this.pacePairs(
        tx,
        batch.token,
        asked.filter(({ answer }) => answer.verdict.outcome === 'go'),
      );
      const begun = free.map(begunOf);
      const held = await this.outbox.begin(tx, batch.token, free.map(beginningOf(begun)));
      // Before the data leaves: what cannot be recorded is not sent.
      await this.audit.recordAll(tx, free.filter(({ message }) => held.has(message.id)).map(disclosureOf));
      return begun.filter(({ message }) => held.has(message.id));
    });
  }

  private async ask(tx: TxContext, { numbers, rows, token }: Batch): Promise<Asked[]> {
    const keys = await this.vault.keysFor(tx, rows.map(subjectOf));
    const opened = rows.map((message) => ({ message, content: open(keys, message) }));
    const lost = opened.filter(({ content }) => content === null).map(({ message }) => message.id);
    await this.tell(
      tx,
      await this.outbox.stop(
        tx,
        token,
        lost.map((id) => ({ id, state: 'refused', reason: 'content-unreadable' })),
      ),
    );
    const legible = opened.flatMap(({ message, content }) => (content ? [{ message, content }] : []));
    const answers = await this.gate.ask(
      tx,
      legible.map((one) => questionOf(one, numbers.get(one.message.accountId)!)),
    );
    return legible.map((one, index) => ({ ...one, answer: answers[index]! }));
  }

  private async stop(tx: TxContext, token: Uuid, asked: Asked[]): Promise<void> {
    const stopped = asked.flatMap(({ message: { id }, answer: { verdict } }) => {
      if (verdict.outcome === 'go') return [];
      const reason = verdict.outcome === 'refused' ? verdict.reason : null;
      return [{ id, state: verdict.outcome, reason }];
    });
    await this.audit.recordAll(tx, asked.flatMap(denialOf));
    await this.tell(tx, await this.outbox.stop(tx, token, stopped));
    for (const { message, answer } of asked) {
      const { verdict } = answer;
      if (verdict.outcome === 'refused') await this.alarms.raise(tx, message, verdict.reason);
    }
  }

  /** One contact gets only so much at once from one number; what is too soon waits. */
  private async pacePairs(tx: TxContext, token: Uuid, asked: Asked[]): Promise<Asked[]> {
    if (asked.length === 0) return [];
    const now = await nowIn(tx);
    const used = await this.outbox.lockPairs(
      tx,
      asked.map(({ message }) => message),
    );
    const after = new Map<string, { addressId: Uuid; accountId: Uuid; until: Date }>();
    const late: { id: Uuid; dueAt: Date; reason: string }[] = [];
    const free = asked.filter(({ message }) => {
      const { addressId, accountId } = message;
      const pair = pairKey(message);
      const until = after.get(pair)?.until ?? used.get(pair) ?? null;
      const { granted, usedUntil, nextAt } = pace(PAIR_RATE, now, until, 1);
      if (granted === 0) late.push({ id: message.id, dueAt: nextAt, reason: 'pair-rate' });
      else after.set(pair, { addressId, accountId, until: usedUntil });
      return granted === 1;
    });
    await this.outbox.pacePairs(tx, [...after.values()]);
    await this.outbox.giveBack(tx, token, late);
    return free;
  }

  private async tell(tx: TxContext, ids: Uuid[]): Promise<void> {
    await this.events.publish(tx, MessageStatusChanged, ids);
  }
}

/** A database that is away, or a fault of ours, fails every row alike: they come back by their lease. */
function isOfAll(error: unknown, { until, begun, aside }: Trial): boolean {
  if (error instanceof Fault && error.retryable) return true;
  return performance.now() > until || (begun === 0 && aside === MOST_ASIDE);
}

/** Null when it can be opened no more, as after an erasure. One such row must not stop the batch. */
function open(keys: Keys, message: OutboxRow): Content | null {
  try {
    const place = placeOf('message', 'content_sealed', message.id);
    return (JSON.parse(keys.openText(subjectOf(message), place, message.contentSealed)) as SentContent)
      .content;
  } catch {
    // The vault has reported an envelope that should have opened.
    return null;
  }
}

function questionOf({ message, content }: { message: OutboxRow; content: Content }, account: SendingNumber) {
  const { addressId, patientId, purpose, usefulUntil, kind } = message;
  return {
    account,
    addressId,
    patientId,
    purpose,
    usefulUntil,
    content,
    isStopConfirmation: kind === 'stop-confirmation',
  };
}

function begunOf({ message, content, answer }: Asked): Begun {
  const attemptId = randomUUID();
  const template = answer.verdict.outcome === 'go' ? answer.verdict.template : null;
  return {
    message,
    attemptId,
    payload: payloadOf({ recipient: answer.recipient!, attemptId, content, template }),
  };
}

function beginningOf(begun: Begun[]) {
  return ({ message, answer: { consent } }: Asked, index: number) => ({
    messageId: message.id,
    attemptId: begun[index]!.attemptId,
    consentId: consent?.allowed ? consent.consentId : null,
    consentVersion: consent?.allowed ? consent.consentVersion : null,
  });
}

/** A message leaves for WhatsApp: to whom, for what, and by which consent. */
function disclosureOf({ message, answer: { consent } }: Asked): AuditEntry {
  const { id, patientId, purpose } = message;
  const basis: AuditEntry['detail'] = consent?.allowed
    ? { consent_id: consent.consentId, consent_version: consent.consentVersion }
    : { basis: message.kind };
  return {
    type: 'message.sending',
    action: 'C',
    entity: { kind: 'message', id },
    ...(patientId ? { patientId } : {}),
    detail: { purpose, ...basis },
  };
}

/** The gate let it not pass. */
function denialOf({ message: { id, patientId }, answer: { verdict } }: Asked): AuditEntry[] {
  if (verdict.outcome === 'go') return [];
  return [
    {
      type: 'message.stopped',
      action: 'E',
      outcome: 'minor-failure',
      entity: { kind: 'message', id },
      ...(patientId ? { patientId } : {}),
      detail: { reason: verdict.outcome === 'refused' ? verdict.reason : 'expired' },
    },
  ];
}

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { VaultFacade, type Keys } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import type { Content } from '../domain/content.js';
import { PAIR_RATE, pace } from '../domain/pace.js';
import { payloadOf } from '../domain/payload.js';
import { MessageStatusChanged } from '../events.js';
import type { AccountEntity } from '../infrastructure/account.entity.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { OutboxRepository } from '../infrastructure/outbox.repository.js';
import { Gate, type GateAnswer } from './gate.js';
import { placeOf, subjectOf, type SentContent } from './sealing.js';
import { TemplateAlarms } from './template-alarms.js';

/** A message whose attempt row is committed: it may be sent now. */
export interface Begun {
  message: MessageEntity;
  attemptId: Uuid;
  payload: object;
}

interface Asked {
  message: MessageEntity;
  content: Content;
  answer: GateAnswer;
}

interface Leased {
  account: AccountEntity;
  token: Uuid;
  rows: MessageEntity[];
}

/** The gate and the attempt rows, in one transaction that is committed before the first call. */
@Injectable()
export class BeginSends {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: OutboxRepository,
    private readonly gate: Gate,
    private readonly vault: VaultFacade,
    private readonly events: Events,
    private readonly alarms: TemplateAlarms,
  ) {}

  run(ctx: Context, leased: Leased): Promise<Begun[]> {
    if (leased.rows.length === 0) return Promise.resolve([]);
    return this.transactions.run(ctx, async (tx) => {
      const asked = await this.ask(tx, leased);
      await this.stop(tx, leased.token, asked);
      const free = await this.pacePairs(
        tx,
        leased,
        asked.filter(({ answer }) => answer.verdict.outcome === 'go'),
      );
      const begun = free.map(begunOf);
      const held = await this.outbox.begin(tx, leased.token, free.map(beginningOf(begun)));
      return begun.filter(({ message }) => held.has(message.id));
    });
  }

  private async ask(tx: TxContext, { account, rows, token }: Leased): Promise<Asked[]> {
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
    const answers = await this.gate.ask(tx, account, legible.map(questionOf));
    return legible.map((one, index) => ({ ...one, answer: answers[index]! }));
  }

  private async stop(tx: TxContext, token: Uuid, asked: Asked[]): Promise<void> {
    const stopped = asked.flatMap(({ message: { id }, answer: { verdict } }) => {
      if (verdict.outcome === 'go') return [];
      const reason = verdict.outcome === 'refused' ? verdict.reason : null;
      return [{ id, state: verdict.outcome, reason }];
    });
    await this.tell(tx, await this.outbox.stop(tx, token, stopped));
    for (const { message, answer } of asked) {
      const { verdict } = answer;
      if (verdict.outcome === 'refused') await this.alarms.raise(tx, message, verdict.reason);
    }
  }

  /** One contact gets only so much at once from one number; what is too soon waits. */
  private async pacePairs(tx: TxContext, { account, token }: Leased, asked: Asked[]): Promise<Asked[]> {
    if (asked.length === 0) return [];
    const now = await nowIn(tx);
    const addresses = [...new Set(asked.map(({ message }) => message.addressId))];
    const used = await this.outbox.lockPairs(tx, account.id, addresses);
    const late: { id: Uuid; dueAt: Date; reason: string }[] = [];
    const free = asked.filter(({ message }) => {
      const { granted, usedUntil, nextAt } = pace(PAIR_RATE, now, used.get(message.addressId) ?? null, 1);
      if (granted === 0) late.push({ id: message.id, dueAt: nextAt, reason: 'pair-rate' });
      else used.set(message.addressId, usedUntil);
      return granted === 1;
    });
    await this.outbox.pacePairs(
      tx,
      account.id,
      new Map([...used].flatMap(([id, at]) => (at ? [[id, at]] : []))),
    );
    await this.outbox.giveBack(tx, token, late);
    return free;
  }

  private async tell(tx: TxContext, ids: Uuid[]): Promise<void> {
    await this.events.publish(tx, MessageStatusChanged, ids);
  }
}

/** Null when it can be opened no more, as after an erasure. One such row must not stop the batch. */
function open(keys: Keys, message: MessageEntity): Content | null {
  try {
    const place = placeOf('message', 'content_sealed', message.id);
    return (JSON.parse(keys.openText(subjectOf(message), place, message.contentSealed)) as SentContent)
      .content;
  } catch {
    // The vault has reported an envelope that should have opened.
    return null;
  }
}

function questionOf({ message, content }: { message: MessageEntity; content: Content }) {
  const { addressId, patientId, purpose, usefulUntil, kind } = message;
  return {
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

import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { Loops } from '../../../platform/jobs/loops.js';
import type { Content, SendRequest } from '../domain/content.js';
import { checkContent } from '../domain/content.policy.js';
import type { MessageState } from '../domain/message.states.js';
import { renderTemplate } from '../domain/template.js';
import { MessageStatusChanged } from '../events.js';
import type { AccountEntity } from '../infrastructure/account.entity.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import { LedgerRepository } from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { Gate } from './gate.js';
import { placeOf, subjectOf, type SentContent } from './sealing.js';
import { Templates } from './templates.js';
import { Windows } from './windows.js';

export interface SendReceipt {
  messageId: Uuid;
  state: MessageState;
  reason?: string;
}

export type Explanation = { outcome: 'would-send' } | { outcome: 'refused'; reason: string };

/** How messages get into the ledger and out of it again before they begin. */
@Injectable()
export class HandIn {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: AccountsRepository,
    private readonly ledger: LedgerRepository,
    private readonly gate: Gate,
    private readonly templates: Templates,
    private readonly windows: Windows,
    private readonly vault: VaultFacade,
    private readonly events: Events,
    private readonly loops: Loops,
  ) {}

  send(ctx: Context, request: SendRequest, kind: MessageEntity['kind'] = 'ordinary'): Promise<SendReceipt> {
    checkContent(request.content);
    return this.transactions.run(ctx, async (tx) => {
      const known = await this.ledger.byOrigin(tx, request.origin, request.originKey);
      if (known) return receiptOf(known);
      await this.store(tx, request, kind);
      const stored = await this.ledger.byOrigin(tx, request.origin, request.originKey);
      afterCommit(tx, () => void this.loops.wake('messaging.send'));
      return receiptOf(stored!);
    });
  }

  withdraw(ctx: Context, visits: readonly { visitId: Uuid; reason: string }[]): Promise<Uuid[]> {
    return this.transactions.run(ctx, async (tx) => {
      const withdrawn = await this.ledger.withdraw(tx, visits);
      await this.events.publish(tx, MessageStatusChanged, withdrawn);
      return withdrawn;
    });
  }

  explain(ctx: Context, request: SendRequest): Promise<Explanation> {
    return this.transactions.run(ctx, async (tx) => {
      const account = await this.accountFor(tx, request);
      if (!account) return { outcome: 'refused', reason: 'no-account' };
      const [answer] = await this.gate.ask(tx, [{ ...request, account, isStopConfirmation: false }]);
      const { verdict } = answer!;
      if (verdict.outcome === 'go') return { outcome: 'would-send' };
      return { outcome: 'refused', reason: verdict.outcome === 'expired' ? 'expired' : verdict.reason };
    });
  }

  /** Whether `send` has a number to send this from. */
  async canSend(tx: TxContext, request: SendRequest): Promise<boolean> {
    return (await this.accountFor(tx, request)) !== undefined;
  }

  private async store(tx: TxContext, request: SendRequest, kind: MessageEntity['kind']): Promise<void> {
    const account = await this.accountFor(tx, request);
    if (!account) throw noAccount();
    const { content } = request;
    const id = newId();
    const sealed: SentContent = { content, text: await this.textOf(tx, account, content) };
    const place = placeOf('message', 'content_sealed', id);
    await this.ledger.add(tx, {
      id,
      kind,
      accountId: account.id,
      origin: request.origin,
      originKey: request.originKey,
      addressId: request.addressId,
      patientId: request.patientId,
      purpose: request.purpose,
      visitId: request.visitId ?? null,
      contentKind: content.kind,
      templateName: content.kind === 'template' ? content.name : null,
      templateLanguage: content.kind === 'template' ? content.language : null,
      contentSealed: await this.vault.seal(tx, subjectOf(request), place, JSON.stringify(sealed)),
      usefulUntil: request.usefulUntil,
    });
  }

  /** The number asked for, else the one that the contact wrote to last, else the organization's first. */
  private async accountFor(tx: TxContext, request: SendRequest): Promise<AccountEntity | undefined> {
    const active = await this.accounts.active(tx);
    const wanted = request.accountId ?? (await this.windows.lastAccountOf(tx, request.addressId));
    const found = active.find(({ id }) => id === wanted);
    return request.accountId ? found : (found ?? active[0]);
  }

  /** Kept with the message: the template's wording may change after it was sent. */
  private async textOf(tx: TxContext, account: AccountEntity, content: Content): Promise<string> {
    if (content.kind !== 'template') return content.text;
    const known = await this.templates.named(tx, [account.businessAccountId], [content.name]);
    const template = known.find(({ language }) => language === content.language);
    return template ? renderTemplate(template, content.body) : '';
  }
}

function receiptOf(message: MessageEntity): SendReceipt {
  return {
    messageId: message.id,
    state: message.state,
    ...(message.reason ? { reason: message.reason } : {}),
  };
}

function noAccount(): Fault {
  return new Fault({
    code: 'messaging.no-account',
    kind: 'unprocessable',
    words: 'The organization has no WhatsApp account that may send. Add one, or activate it.',
  });
}

import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Accounts, type AccountState } from './application/accounts.js';
import { EmptyTexts } from './application/empty-texts.js';
import { HandIn, type Explanation, type SendReceipt } from './application/hand-in.js';
import { History } from './application/history.js';
import { ParkedWebhooks } from './application/parked-webhooks.js';
import { Rechecks, type Recheck } from './application/rechecks.js';
import { Templates, type OfferedTemplate } from './application/templates.js';
import { Unheard } from './application/unheard.js';
import { Windows } from './application/windows.js';
import type { Origin, SendRequest } from './domain/content.js';
import type { Attribution, Exchanged, Fate, Outline, Received, Sent, Stretch } from './domain/records.js';
import type { CustomerServiceWindow } from './domain/window.policy.js';
import { ErasedMessages } from './infrastructure/erased-messages.repository.js';
import { BacklogRepository, type MessagingBacklog } from './infrastructure/backlog.repository.js';

/** The only speaker to WhatsApp: what goes out, what came in, and whether something may go out now. */
@Injectable()
export class MessagingFacade {
  constructor(
    private readonly handIn: HandIn,
    private readonly history: History,
    private readonly templates: Templates,
    private readonly windows: Windows,
    private readonly numbers: Accounts,
    private readonly rechecks: Rechecks,
    private readonly unheard: Unheard,
    private readonly transactions: Transactions,
    private readonly waiting: BacklogRepository,
    private readonly parked: ParkedWebhooks,
    private readonly erased: ErasedMessages,
    private readonly texts: EmptyTexts,
  ) {}

  /**
   * Who is asked, at boot, about messages of that origin that waited more than two minutes: right before each try,
   * outside any transaction and before the fence. `wait` gives the message back until that instant, `drop` refuses it
   * with that reason. While the check throws or does not answer, the message waits.
   */
  registerRecheck(origin: Origin, check: Recheck): void {
    this.rechecks.register(origin, check);
  }

  /**
   * Puts a message into the ledger; it goes out after the caller's commit, and the gate (consent, window, template,
   * limits) is passed at that moment. The same origin and origin key give the same message, never a second.
   * Throws Fault `messaging.no-account` when the organization has no WhatsApp account.
   */
  send(ctx: Context, request: SendRequest): Promise<SendReceipt> {
    return this.handIn.send(ctx, request);
  }

  /**
   * Takes back what has not begun of these visits: ready or claimed becomes refused with the visit's reason. Call it in
   * the transaction that closed the fence of the visits. Returns the ids of the messages taken back.
   */
  withdraw(ctx: Context, visits: readonly { visitId: Uuid; reason: string }[]): Promise<Uuid[]> {
    return this.handIn.withdraw(ctx, visits);
  }

  /**
   * Takes the words out of these messages, sent or not, once what they told turns out to have been entered in error: the
   * ledger goes on saying that they were and what became of them, and `sent` gives an empty text. What is on its way is
   * left alone: withdraw it first.
   */
  emptyTexts(ctx: Context, messageIds: readonly Uuid[]): Promise<void> {
    return this.texts.run(ctx, messageIds);
  }

  /** What the gate would say now. Sends nothing, stores nothing. */
  explain(ctx: Context, request: SendRequest): Promise<Explanation> {
    return this.handIn.explain(ctx, request);
  }

  /** The customer service window of that contact, the latest over the organization's numbers. */
  windowOf(ctx: Context, addressId: Uuid): Promise<CustomerServiceWindow> {
    return this.windows.of(ctx, addressId);
  }

  /**
   * The APPROVED template of that name in the first of these languages (BCP 47, preferred first) that has one;
   * a language without region also matches its regions. Null when there is none.
   */
  templateFor(ctx: Context, name: string, languages: string[]): Promise<OfferedTemplate | null> {
    return this.templates.offer(ctx, name, languages);
  }

  /** Received messages, oldest first. PHI. */
  received(ctx: Context, ids: Uuid[]): Promise<Received[]> {
    return this.history.received(ctx, ids);
  }

  /** Where messages of ours went and when Meta accepted them, without opening what they say. */
  outlines(ctx: Context, ids: readonly Uuid[]): Promise<Outline[]> {
    return this.history.outlines(ctx, ids);
  }

  /** The same for what went to these contacts at these numbers meanwhile, oldest first. */
  outlinesIn(ctx: Context, stretches: readonly Stretch[]): Promise<Outline[]> {
    return this.history.outlinesIn(ctx, stretches);
  }

  /** Messages of ours, oldest first. PHI. */
  sent(ctx: Context, ids: Uuid[]): Promise<Sent[]> {
    return this.history.sent(ctx, ids);
  }

  /** Everything exchanged with that contact in `from` ≤ time < `to`, by time. PHI. */
  between(ctx: Context, addressId: Uuid, from: Date, to: Date): Promise<Exchanged[]> {
    return this.history.between(ctx, addressId, { from, to });
  }

  /** These received messages are those patients': each is sealed again under its patient's key. */
  attribute(ctx: Context, attributions: readonly Attribution[]): Promise<void> {
    return this.history.attribute(ctx, attributions);
  }

  /**
   * Messages under a contact's key that turned out to be this patient's, who is erased: emptied, and the patient's from
   * now on. Returns how many. For the erasure alone.
   */
  disown(ctx: Context, patientId: Uuid, messageIds: readonly Uuid[]): Promise<number> {
    return this.transactions.run(ctx, (tx) => this.erased.disown(tx, patientId, messageIds));
  }

  /** Where messages of ours stand, without what they say. */
  fatesOf(ctx: Context, messageIds: readonly Uuid[]): Promise<Fate[]> {
    return this.history.fates(ctx, messageIds);
  }

  /** Whether webhooks have waited to be read for more than a minute: anybody's STOP may lie among them. */
  inboxBehind(ctx: Context): Promise<boolean> {
    return this.unheard.inboxBehind(ctx);
  }

  /** The received messages of this contact that have been read and not yet been acted on by all who listen. */
  unheardFrom(ctx: Context, addressId: Uuid): Promise<Uuid[]> {
    return this.unheard.from(ctx, addressId);
  }

  /** How the organization's WhatsApp accounts were when last seen. No network. */
  accounts(ctx: Context): Promise<AccountState[]> {
    return this.numbers.states(ctx);
  }

  /** Webhooks that wait to be read, and messages that are overdue, of unknown outcome or parked in the last week. */
  backlog(ctx: Context): Promise<MessagingBacklog> {
    return this.transactions.run(ctx, (tx) => this.waiting.read(tx));
  }

  /**
   * Puts the webhooks that failed again and again back into the line and resolves their work items. Those for a number
   * that nobody has wait on: an account with that number releases them. Returns how many.
   */
  retryWebhooks(ctx: Context): Promise<number> {
    return this.parked.retry(ctx);
  }
}

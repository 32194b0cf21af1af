import { Injectable } from '@nestjs/common';
import { MessagingFacade, type SendRequest } from '../../../exchange/messaging/index.js';
import { type Patient, PatientsFacade } from '../../../exchange/patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Conversation } from '../domain/conversation.js';
import type { Answer, Inbound, Responder } from '../domain/responder.js';
import { meantBy } from '../domain/whom.policy.js';
import { whomQuestion } from '../domain/whom-words.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';
import { OutcomesRepository } from '../infrastructure/outcomes.repository.js';
import { Threads } from './threads.js';

const ASKED = 'whom-asked';

/** Meta's customer service window, which the message opened. */
const WINDOW_MS = 24 * 3_600_000;

/** What everybody on the number must have agreed to before anything is asked there. */
const PURPOSES: readonly SendRequest['purpose'][] = ['care-conversation', 'appointment-reminders'];

/**
 * On a number that several patients have: asks once whom the message is about, and takes a given name as the answer.
 * What was written waits for a person all the while.
 */
@Injectable()
export class WhomResponder implements Responder {
  readonly name = 'conversations.whom';
  /** Behind everybody who knows the message by itself. */
  readonly order = 1_000;

  constructor(
    private readonly transactions: Transactions,
    private readonly conversations: ConversationsRepository,
    private readonly outcomes: OutcomesRepository,
    private readonly threads: Threads,
    private readonly patients: PatientsFacade,
    private readonly messaging: MessagingFacade,
    private readonly organizations: OrganizationsFacade,
  ) {}

  match(ctx: Context, inbound: Inbound): Promise<boolean> {
    return this.transactions.run(ctx, async (tx) => {
      if (inbound.kind !== 'text') return false;
      const conversation = await this.conversations.get(tx, inbound.conversationId);
      return conversation?.patientId === null && (await this.sharers(tx, inbound)).length > 1;
    });
  }

  answer(ctx: Context, inbound: Inbound): Promise<Answer> {
    return this.transactions.run(ctx, async (tx) => {
      const conversation = (await this.conversations.get(tx, inbound.conversationId))!;
      const sharers = await this.sharers(tx, inbound);
      const outcomes = await this.outcomes.of(tx, conversation.id);
      const asked = outcomes.some(({ code }) => code === ASKED);
      const named = asked ? await this.hear(tx, conversation, { inbound, sharers }) : conversation;
      if (!asked) await this.ask(tx, conversation, { inbound, sharers });
      await this.threads.handOver(tx, named, 'no-automatic-answer');
      return {};
    });
  }

  private async sharers(tx: TxContext, { addressId }: Inbound): Promise<Patient[]> {
    const all = await this.patients.byAddress(tx, addressId);
    return all.filter(({ active, deceased }) => active && !deceased);
  }

  private async ask(
    tx: TxContext,
    { id, accountId }: Conversation,
    { inbound, sharers }: { inbound: Inbound; sharers: Patient[] },
  ): Promise<void> {
    const { languages } = await this.organizations.current(tx);
    const text = whomQuestion([...sharers.map(({ language }) => language), ...languages]);
    for (const purpose of PURPOSES) {
      const request: SendRequest = {
        origin: 'reply',
        originKey: `whom:${id}`,
        addressId: inbound.addressId,
        patientId: null,
        accountId,
        purpose,
        content: { kind: 'text', text },
        usefulUntil: new Date(inbound.at.getTime() + WINDOW_MS),
      };
      if ((await this.messaging.explain(tx, request)).outcome === 'refused') continue;
      await this.messaging.send(tx, request);
      return this.outcomes.add(tx, id, { code: ASKED });
    }
  }

  /** The answer names whom the words before it were about, so that the whole conversation is that patient's. */
  private async hear(
    tx: TxContext,
    conversation: Conversation,
    { inbound, sharers }: { inbound: Inbound; sharers: Patient[] },
  ): Promise<Conversation> {
    const names = await this.patients.namesOf(
      tx,
      sharers.map(({ id }) => id),
    );
    const given = new Map([...names].map(([id, name]) => [id, name.given]));
    const patientId = meantBy(inbound.text ?? '', given);
    return patientId ? this.threads.attribute(tx, conversation, patientId) : conversation;
  }
}

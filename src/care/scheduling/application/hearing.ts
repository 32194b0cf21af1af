import { Injectable } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { ConversationsFacade } from '../../conversations/index.js';

/** What a reminder waits for while its patient has said something that nobody has acted on. */
export const ANSWER_PENDING = 'answer-pending';

/** Whoever wrote STOP or tapped Cancel during an outage is heard before anything more is said. */
@Injectable()
export class Hearing {
  constructor(
    private readonly messaging: MessagingFacade,
    private readonly conversations: ConversationsFacade,
    private readonly patients: PatientsFacade,
  ) {}

  /** Whether webhooks wait to be read, so that nobody knows yet who said what. */
  isBehind(ctx: Context): Promise<boolean> {
    return this.messaging.inboxBehind(ctx);
  }

  async awaits(ctx: TxContext, addressId: Uuid): Promise<boolean> {
    return (
      (await this.messaging.unheardFrom(ctx, addressId)).length > 0 ||
      (await this.conversations.awaitsAnswer(ctx, addressId))
    );
  }

  /** Whether a later message than those answered so far may change what was wished. */
  async mayChangeMind(ctx: TxContext, addressId: Uuid): Promise<boolean> {
    const unheard = await this.messaging.unheardFrom(ctx, addressId);
    return (
      (await this.conversations.notPlaced(ctx, unheard)).length > 0 ||
      (await this.conversations.awaitsAnswer(ctx, addressId))
    );
  }

  /** The same for all addresses of a patient. */
  async awaitsPatient(ctx: TxContext, patientId: Uuid): Promise<boolean> {
    for (const { id } of await this.patients.addressesOf(ctx, patientId)) {
      if (await this.awaits(ctx, id)) return true;
    }
    return false;
  }
}

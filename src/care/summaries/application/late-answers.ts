import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { ConversationsFacade } from '../../conversations/index.js';
import { SchedulingFacade } from '../../scheduling/index.js';

/** A conversation can close while the EHR still works on what the patient asked in it. */
@Injectable()
export class LateAnswers {
  constructor(
    private readonly conversations: ConversationsFacade,
    private readonly scheduling: SchedulingFacade,
  ) {}

  /** Whether an outcome or a reply is still to come. Replies that came after the end join the conversation. */
  async awaited(tx: TxContext, conversationId: Uuid): Promise<boolean> {
    const received = await this.conversations.receivedIn(tx, conversationId);
    // First the wishes: one that has ended has its outcome and its reply in the same commit.
    const { awaited, replyKeys } = await this.scheduling.answersTo(tx, received);
    const onItsWay = await this.conversations.takeReplies(tx, conversationId, replyKeys);
    return awaited || onItsWay;
  }
}

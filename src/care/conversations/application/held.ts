import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Conversation } from '../domain/conversation.js';
import { ConversationsRepository } from '../infrastructure/conversations.repository.js';

/** A conversation held by the transaction, so that what follows happens in sequence. */
@Injectable()
export class Held {
  constructor(private readonly conversations: ConversationsRepository) {}

  /** Throws not-found. */
  async get(tx: TxContext, id: Uuid): Promise<Conversation> {
    const conversation = await this.conversations.lock(tx, id);
    if (!conversation) throw notFound('conversation');
    return conversation;
  }
}

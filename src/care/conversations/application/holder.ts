import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MessagingFacade } from '../../../exchange/messaging/index.js';
import { idsOf, PrivacyFacade, type Erased, type ErasureSubject } from '../../../foundation/privacy/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { ErasedConversations } from '../infrastructure/erased-conversations.repository.js';
import { waitingKey } from './threads.js';

/**
 * Conversations about one patient. What members of a household said before anybody was named stays with their
 * telephone, because nobody knows whose words those are.
 */
@Injectable()
export class ConversationsHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly conversations: ErasedConversations,
    private readonly messaging: MessagingFacade,
    private readonly worklist: WorklistFacade,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'conversations',
      stop: (ctx, subjects) => this.stop(ctx, subjects),
      erase: (ctx, subjects) => this.erase(ctx, subjects),
    });
  }

  /** Ended without a summary. What the household says next begins a conversation of its own. */
  private async stop(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<void> {
    for (const id of await this.conversations.end(ctx, named(subjects)))
      await this.worklist.resolve(ctx, waitingKey(id), 'erased');
  }

  private async erase(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<Erased> {
    const of = named(subjects);
    const counts = await this.conversations.empty(ctx, of);
    let messages = 0;
    for (const patientId of of.patientIds) {
      const ids = await this.conversations.messagesOf(ctx, patientId);
      messages += await this.messaging.disown(ctx, patientId, ids);
    }
    return { counts: { ...counts, messages } };
  }
}

function named(subjects: readonly ErasureSubject[]): { patientIds: string[]; contactIds: string[] } {
  return { patientIds: idsOf(subjects, 'patient'), contactIds: idsOf(subjects, 'contact') };
}

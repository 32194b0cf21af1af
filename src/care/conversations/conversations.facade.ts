import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import type { Uuid } from '../../platform/ids/ids.js';
import type { Responder } from './domain/responder.js';
import type { NewOutcome, Transcript } from './domain/transcript.js';

@Injectable()
export class ConversationsFacade {
  registerResponder(_responder: Responder): void {
    throw new Error('being written');
  }

  recordOutcome(_ctx: Context, _outcome: NewOutcome): Promise<void> {
    throw new Error('being written');
  }

  transcriptOf(_ctx: Context, _conversationId: Uuid): Promise<Transcript> {
    throw new Error('being written');
  }
}

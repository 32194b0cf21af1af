import { Module } from '@nestjs/common';
import { ConversationsFacade } from './conversations.facade.js';

@Module({ providers: [ConversationsFacade], exports: [ConversationsFacade] })
export class ConversationsModule {}

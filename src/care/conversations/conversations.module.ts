import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Listeners } from '../../platform/jobs/listeners.js';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditModule } from '../../foundation/audit/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { MessagingModule } from '../../exchange/messaging/index.js';
import { MessageReceived, MessageStatusChanged } from '../../exchange/messaging/events.js';
import { PatientsModule } from '../../exchange/patients/index.js';
import { ConversationTextsController } from './api/conversation-texts.controller.js';
import { ConversationsController } from './api/conversations.controller.js';
import { ANSWER_LOOP, Answering } from './application/answer.js';
import { Assign } from './application/assign.js';
import { End } from './application/end.js';
import { Follow } from './application/follow.js';
import { Held } from './application/held.js';
import { ConversationsHolder } from './application/holder.js';
import { Idle, IDLE_LOOP } from './application/idle.js';
import { LateReplies } from './application/late-replies.js';
import { Notes } from './application/notes.js';
import { ReadConversations } from './application/read.js';
import { Receive } from './application/receive.js';
import { Reply } from './application/reply.js';
import { Responders } from './application/responders.js';
import { TakeIn } from './application/take-in.js';
import { Threads } from './application/threads.js';
import { Transcripts } from './application/transcripts.js';
import { WhomResponder } from './application/whom-responder.js';
import { ConversationsFacade } from './conversations.facade.js';
import { ConversationEntity } from './infrastructure/conversation.entity.js';
import { ConversationsRepository } from './infrastructure/conversations.repository.js';
import { EntriesRepository } from './infrastructure/entries.repository.js';
import { EntryEntity } from './infrastructure/entry.entity.js';
import { ErasedConversations } from './infrastructure/erased-conversations.repository.js';
import { NoteEntity } from './infrastructure/note.entity.js';
import { NotesRepository } from './infrastructure/notes.repository.js';
import { OutcomeEntity } from './infrastructure/outcome.entity.js';
import { OutcomesRepository } from './infrastructure/outcomes.repository.js';

const ANSWER_EVERY_MS = 1_000;
/** A minute is fine enough for a day. */
const IDLE_EVERY_MS = 60_000;

@Module({
  imports: [
    TypeOrmModule.forFeature([ConversationEntity, EntryEntity, OutcomeEntity, NoteEntity]),
    AuditModule,
    PrivacyModule,
    VaultModule,
    OrganizationsModule,
    WorklistModule,
    MessagingModule,
    PatientsModule,
  ],
  controllers: [ConversationsController, ConversationTextsController],
  providers: [
    Answering,
    Assign,
    ConversationsFacade,
    ConversationsHolder,
    ConversationsRepository,
    End,
    EntriesRepository,
    ErasedConversations,
    Follow,
    Held,
    Idle,
    LateReplies,
    Notes,
    NotesRepository,
    OutcomesRepository,
    ReadConversations,
    Receive,
    Reply,
    Responders,
    TakeIn,
    Threads,
    Transcripts,
    WhomResponder,
  ],
  exports: [ConversationsFacade],
})
export class ConversationsModule implements OnModuleInit {
  constructor(
    private readonly listeners: Listeners,
    private readonly loops: Loops,
    private readonly receive: Receive,
    private readonly follow: Follow,
    private readonly answering: Answering,
    private readonly idle: Idle,
    private readonly responders: Responders,
    private readonly whom: WhomResponder,
  ) {}

  onModuleInit(): void {
    this.listeners.on(MessageReceived, 'conversations.receive@1', (ctx, ids) => this.receive.run(ctx, ids));
    this.listeners.on(MessageStatusChanged, 'conversations.follow@1', (ctx, ids) =>
      this.follow.run(ctx, ids),
    );
    this.responders.add(this.whom);
    this.loops.register({
      name: ANSWER_LOOP,
      everyMs: ANSWER_EVERY_MS,
      claim: (ctx) => this.answering.claim(ctx),
    });
    this.loops.register({ name: IDLE_LOOP, everyMs: IDLE_EVERY_MS, claim: (ctx) => this.idle.claim(ctx) });
  }
}

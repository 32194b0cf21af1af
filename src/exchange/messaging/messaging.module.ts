import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsFacade, OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { Listeners } from '../../platform/jobs/listeners.js';
import { Loops } from '../../platform/jobs/loops.js';
import { ConsentModule } from '../consent/index.js';
import { PatientsModule } from '../patients/index.js';
import { AccountsController } from './api/accounts.controller.js';
import { TemplatesController } from './api/templates.controller.js';
import { WebhookController } from './api/webhook.controller.js';
import { ActOnAnswers } from './application/act-on-answers.js';
import { Accounts, type AccountFields } from './application/accounts.js';
import { BeginSends } from './application/begin-sends.js';
import { Breakers } from './application/breakers.js';
import { Channels } from './application/channels.js';
import { ConfirmStop } from './application/confirm-stop.js';
import { CountParked } from './application/count-parked.js';
import { Gate } from './application/gate.js';
import { GraphAccesses } from './application/graph-accesses.js';
import { EmptyTexts } from './application/empty-texts.js';
import { HandIn } from './application/hand-in.js';
import { History } from './application/history.js';
import { MessagingHolder } from './application/holder.js';
import { Housekeeping } from './application/housekeeping.js';
import { InboxFlusher } from './application/inbox-flusher.js';
import { Leases } from './application/leases.js';
import { MessagingMetrics } from './application/metrics.js';
import { ParkedWebhooks } from './application/parked-webhooks.js';
import { ReadNumber } from './application/read-number.js';
import { ReceiveWebhook } from './application/receive-webhook.js';
import { Rechecks } from './application/rechecks.js';
import { RecordSends } from './application/record-sends.js';
import { RecoverSends } from './application/recover-sends.js';
import { Results } from './application/results.js';
import { SendBatch } from './application/send-batch.js';
import { SetAside } from './application/set-aside.js';
import { parseWhatsappSection } from './application/setup-section.js';
import { StrayWebhooks } from './application/stray-webhooks.js';
import { SyncTemplates } from './application/sync-templates.js';
import { TakeMessages } from './application/take-messages.js';
import { TakeStatuses } from './application/take-statuses.js';
import { TemplateAlarms } from './application/template-alarms.js';
import { Templates } from './application/templates.js';
import { Unheard } from './application/unheard.js';
import { WebhookAlarms } from './application/webhook-alarms.js';
import { WebhookKeyring } from './application/webhook-keyring.js';
import { WebhookPatience } from './application/webhook-patience.js';
import { Windows } from './application/windows.js';
import { WorkInbox } from './application/work-inbox.js';
import { WorkOutbox } from './application/work-outbox.js';
import { ConsentWithdrawn } from '../consent/events.js';
import { StopReceived } from './events.js';
import { AccountEntity, ChannelEntity, NumberDirectoryEntity } from './infrastructure/account.entity.js';
import { AccountsRepository } from './infrastructure/accounts.repository.js';
import { AttemptEntity } from './infrastructure/attempt.entity.js';
import { BacklogRepository } from './infrastructure/backlog.repository.js';
import { GraphClient } from './infrastructure/graph-client.js';
import { InboxRepository } from './infrastructure/inbox.repository.js';
import { ErasedMessages } from './infrastructure/erased-messages.repository.js';
import { LedgerRepository } from './infrastructure/ledger.repository.js';
import { MessageEntity } from './infrastructure/message.entity.js';
import { OutboxRepository } from './infrastructure/outbox.repository.js';
import { EarlyStatusEntity, PairEntity, ReceivedEntity } from './infrastructure/received.entity.js';
import { ReceivedRepository } from './infrastructure/received.repository.js';
import { SetAsideRepository } from './infrastructure/set-aside.repository.js';
import { StatusesRepository } from './infrastructure/statuses.repository.js';
import { TemplateEntity } from './infrastructure/template.entity.js';
import { TemplatesRepository } from './infrastructure/templates.repository.js';
import { MessagingFacade } from './messaging.facade.js';

const ENTITIES = [
  AccountEntity,
  AttemptEntity,
  ChannelEntity,
  EarlyStatusEntity,
  MessageEntity,
  PairEntity,
  NumberDirectoryEntity,
  ReceivedEntity,
  TemplateEntity,
];

const REPOSITORIES = [
  AccountsRepository,
  BacklogRepository,
  InboxRepository,
  ErasedMessages,
  LedgerRepository,
  OutboxRepository,
  ReceivedRepository,
  SetAsideRepository,
  StatusesRepository,
  TemplatesRepository,
];

const USE_CASES = [
  Accounts,
  ActOnAnswers,
  BeginSends,
  Breakers,
  Channels,
  ConfirmStop,
  CountParked,
  Gate,
  GraphAccesses,
  EmptyTexts,
  HandIn,
  History,
  Housekeeping,
  InboxFlusher,
  Leases,
  MessagingHolder,
  ParkedWebhooks,
  ReadNumber,
  ReceiveWebhook,
  Rechecks,
  RecordSends,
  RecoverSends,
  Results,
  SendBatch,
  SetAside,
  StrayWebhooks,
  SyncTemplates,
  TakeMessages,
  TakeStatuses,
  TemplateAlarms,
  Templates,
  Unheard,
  WebhookAlarms,
  WebhookKeyring,
  WebhookPatience,
  Windows,
  WorkInbox,
  WorkOutbox,
];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

@Module({
  imports: [
    TypeOrmModule.forFeature(ENTITIES),
    AuditModule,
    PrivacyModule,
    VaultModule,
    OrganizationsModule,
    WorklistModule,
    PatientsModule,
    ConsentModule,
  ],
  controllers: [WebhookController, AccountsController, TemplatesController],
  providers: [MessagingFacade, MessagingMetrics, GraphClient, ...REPOSITORIES, ...USE_CASES],
  exports: [MessagingFacade],
})
export class MessagingModule implements OnModuleInit {
  constructor(
    private readonly loops: Loops,
    private readonly listeners: Listeners,
    private readonly organizations: OrganizationsFacade,
    private readonly accounts: Accounts,
    private readonly templates: SyncTemplates,
    private readonly inbox: WorkInbox,
    private readonly strays: StrayWebhooks,
    private readonly parked: CountParked,
    private readonly outbox: WorkOutbox,
    private readonly setAside: SetAside,
    private readonly stop: ConfirmStop,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: 'messaging.inbox', everyMs: 1_000, claim: (ctx) => this.inbox.claim(ctx) });
    this.loops.register({ name: 'messaging.strays', everyMs: 5_000, claim: (ctx) => this.strays.claim(ctx) });
    this.loops.register({
      name: 'messaging.parked',
      everyMs: MINUTE_MS,
      claim: (ctx) => this.parked.claim(ctx),
    });
    this.loops.register({
      name: 'messaging.send',
      everyMs: 1_000,
      claim: (ctx) => this.outbox.claim(ctx),
      drain: () => this.outbox.drain(),
    });
    this.loops.register({
      name: 'messaging.set-aside',
      everyMs: MINUTE_MS,
      claim: (ctx) => this.setAside.claim(ctx),
    });
    this.loops.register({
      name: 'messaging.templates',
      everyMs: 5_000,
      claim: (ctx) => this.templates.claim(ctx),
    });
    this.loops.register({
      name: 'messaging.housekeeping',
      everyMs: HOUR_MS,
      claim: (ctx) => this.housekeeping.claim(ctx),
    });
    this.listeners.on(StopReceived, 'messaging.confirmStop@1', (ctx, ids) => this.stop.run(ctx, ids));
    this.listeners.on(ConsentWithdrawn, 'messaging.confirmWithdrawal@1', (ctx, ids) =>
      this.stop.afterWithdrawal(ctx, ids),
    );
    this.organizations.registerSetupSection<AccountFields[]>({
      key: 'whatsapp',
      parse: parseWhatsappSection,
      apply: async (ctx, accounts) => {
        for (const fields of accounts) await this.accounts.ensure(ctx, fields);
      },
    });
  }
}

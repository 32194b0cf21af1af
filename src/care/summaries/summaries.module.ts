import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Listeners } from '../../platform/jobs/listeners.js';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { FhirModule } from '../../exchange/fhir/index.js';
import { PatientsModule } from '../../exchange/patients/index.js';
import { ConversationsModule } from '../conversations/index.js';
import { ConversationClosed, PatientNamed } from '../conversations/events.js';
import { SchedulingModule } from '../scheduling/index.js';
import { SummariesController } from './api/summaries.controller.js';
import { Compose, COMPOSE_LOOP } from './application/compose.js';
import { SummariesHolder } from './application/holder.js';
import { Correct } from './application/correct.js';
import { LateAnswers } from './application/late-answers.js';
import { Open } from './application/open.js';
import { WriteProvenance } from './application/provenance.js';
import { Retract } from './application/retract.js';
import { Sealing } from './application/sealing.js';
import { TakeBack } from './application/take-back.js';
import { Write, WRITE_LOOP } from './application/write.js';
import { WriteBack } from './application/write-back.js';
import { ErasedSummaries } from './infrastructure/erased-summaries.repository.js';
import { OutboxRepository, SummariesRepository } from './infrastructure/summaries.repository.js';
import { SummaryEntity } from './infrastructure/summary.entity.js';
import { SummaryWritten } from './events.js';
import { SummariesFacade } from './summaries.facade.js';

const WRITE_EVERY_MS = 2_000;
const COMPOSE_EVERY_MS = 5_000;

@Module({
  imports: [
    TypeOrmModule.forFeature([SummaryEntity]),
    AuditModule,
    OrganizationsModule,
    PrivacyModule,
    VaultModule,
    WorklistModule,
    FhirModule,
    PatientsModule,
    ConversationsModule,
    SchedulingModule,
  ],
  controllers: [SummariesController],
  providers: [
    Compose,
    ErasedSummaries,
    Correct,
    LateAnswers,
    Open,
    OutboxRepository,
    Retract,
    Sealing,
    SummariesFacade,
    SummariesHolder,
    SummariesRepository,
    TakeBack,
    Write,
    WriteBack,
    WriteProvenance,
  ],
  exports: [SummariesFacade],
})
export class SummariesModule implements OnModuleInit {
  constructor(
    private readonly listeners: Listeners,
    private readonly loops: Loops,
    private readonly compose: Compose,
    private readonly write: Write,
    private readonly provenance: WriteProvenance,
  ) {}

  onModuleInit(): void {
    this.listeners.on(ConversationClosed, 'summaries.compose@1', (ctx, ids) => this.compose.run(ctx, ids));
    this.listeners.on(PatientNamed, 'summaries.composeHeld@1', (ctx, ids) => this.compose.run(ctx, ids));
    this.listeners.on(SummaryWritten, 'summaries.provenance@1', (ctx, ids) => this.provenance.run(ctx, ids));
    this.loops.register({
      name: COMPOSE_LOOP,
      everyMs: COMPOSE_EVERY_MS,
      claim: (ctx) => this.compose.claim(ctx),
    });
    this.loops.register({ name: WRITE_LOOP, everyMs: WRITE_EVERY_MS, claim: (ctx) => this.write.claim(ctx) });
  }
}

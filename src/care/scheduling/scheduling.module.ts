import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConsentModule } from '../../exchange/consent/index.js';
import { FhirFacade, FhirModule } from '../../exchange/fhir/index.js';
import { MessageStatusChanged } from '../../exchange/messaging/events.js';
import { MessagingModule } from '../../exchange/messaging/index.js';
import { PatientsFacade, PatientsModule } from '../../exchange/patients/index.js';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { Listeners } from '../../platform/jobs/listeners.js';
import { Loops } from '../../platform/jobs/loops.js';
import { ConversationsFacade, ConversationsModule } from '../conversations/index.js';
import { AppointmentsController } from './api/appointments.controller.js';
import { DriftReportsController } from './api/drift-reports.controller.js';
import { ReminderRulesController } from './api/reminder-rules.controller.js';
import { ReminderSkipsController } from './api/reminder-skips.controller.js';
import { ActionsLoop } from './application/actions-loop.js';
import { Places } from './application/places.js';
import { BothSides } from './application/drift/both-sides.js';
import { DriftLoop } from './application/drift/drift-loop.js';
import { DriftReports } from './application/drift/drift-reports.js';
import { MakeReport } from './application/drift/make-report.js';
import { TellDrift } from './application/drift/tell-drift.js';
import { DueSteps } from './application/due-steps.js';
import { FollowMerged } from './application/follow-merged.js';
import { FollowReminders } from './application/follow-reminders.js';
import { HandOver } from './application/hand-over.js';
import { Hearing } from './application/hearing.js';
import { SchedulingHolder } from './application/holder.js';
import { ACTIONS_LOOP, DRIFT_LOOP, PLAN_LOOP, STEPS_LOOP, WAYS_LOOP } from './application/loop-names.js';
import { MeetPlaces } from './application/meet-places.js';
import { MissedReminders } from './application/missed-reminders.js';
import { OfferSlots } from './application/offer-slots.js';
import { PatientsEnd } from './application/patients-end.js';
import { PlanLoop } from './application/plan-loop.js';
import { PlanVisits } from './application/plan-visits.js';
import { PreviewRule } from './application/preview-rule.js';
import { Projection } from './application/projection.js';
import { RecheckReminder } from './application/recheck-reminder.js';
import { Recipients } from './application/recipients.js';
import { Reminder } from './application/reminder.js';
import { Replies } from './application/replies.js';
import { SamePerson } from './application/same-person.js';
import { SettleAction } from './application/settle-action.js';
import { SetupSections } from './application/setup-sections.js';
import { StepsLoop } from './application/steps-loop.js';
import { TakeBack } from './application/take-back.js';
import { TapResponder } from './application/tap-responder.js';
import { Timeline } from './application/timeline.js';
import { VisitQueries } from './application/visit-queries.js';
import { UnreadableVisits } from './application/unreadable-visits.js';
import { VisitParts } from './application/visit-parts.js';
import { WaysLoop } from './application/ways-loop.js';
import { WhereaboutsFinder } from './application/whereabouts.js';
import { ZoneWarnings } from './application/zone-warnings.js';
import { VisitReader } from './application/visit-reader.js';
import { ActionEntity } from './infrastructure/action.entity.js';
import { AnswersRepository } from './infrastructure/answers.repository.js';
import { AppointmentEntity } from './infrastructure/appointment.entity.js';
import { AppointmentsRepository } from './infrastructure/appointments.repository.js';
import { ErasedVisits } from './infrastructure/erased-visits.repository.js';
import { ButtonTokenEntity } from './infrastructure/button-token.entity.js';
import { DriftDifferenceEntity, DriftReportEntity } from './infrastructure/drift.entity.js';
import { DriftRepository } from './infrastructure/drift.repository.js';
import { PlaceEntity } from './infrastructure/place.entity.js';
import { PlacesRepository } from './infrastructure/places.repository.js';
import { QuietHoursEntity, RuleEntity } from './infrastructure/rule.entity.js';
import { RulesRepository } from './infrastructure/rules.repository.js';
import { SkipsRepository } from './infrastructure/skips.repository.js';
import { StepEntity } from './infrastructure/step.entity.js';
import { StepsRepository } from './infrastructure/steps.repository.js';
import { WayEntity } from './infrastructure/way.entity.js';
import { WaysRepository } from './infrastructure/ways.repository.js';
import { SchedulingFacade } from './scheduling.facade.js';

const EVERY_MS = 1_000;
const WAYS_EVERY_MS = 5_000;
/** Once a night each: the first look finds it. */
const DRIFT_EVERY_MS = 300_000;

/** The drift report. */
const DRIFT = [BothSides, DriftLoop, DriftReports, DriftRepository, MakeReport, TellDrift];

const ENTITIES = [
  ActionEntity,
  AppointmentEntity,
  ButtonTokenEntity,
  DriftDifferenceEntity,
  DriftReportEntity,
  PlaceEntity,
  QuietHoursEntity,
  RuleEntity,
  StepEntity,
  WayEntity,
];

@Module({
  imports: [
    TypeOrmModule.forFeature(ENTITIES),
    AuditModule,
    PrivacyModule,
    VaultModule,
    OrganizationsModule,
    WorklistModule,
    FhirModule,
    ConsentModule,
    PatientsModule,
    MessagingModule,
    ConversationsModule,
  ],
  controllers: [
    AppointmentsController,
    DriftReportsController,
    ReminderRulesController,
    ReminderSkipsController,
  ],
  providers: [
    SchedulingFacade,
    ...DRIFT,
    ActionsLoop,
    AnswersRepository,
    AppointmentsRepository,
    Places,
    PlacesRepository,
    DueSteps,
    ErasedVisits,
    FollowMerged,
    FollowReminders,
    HandOver,
    Hearing,
    MeetPlaces,
    MissedReminders,
    OfferSlots,
    PatientsEnd,
    PlanLoop,
    PlanVisits,
    PreviewRule,
    Projection,
    TakeBack,
    RecheckReminder,
    Recipients,
    Reminder,
    Replies,
    RulesRepository,
    SchedulingHolder,
    SamePerson,
    SettleAction,
    SetupSections,
    SkipsRepository,
    StepsLoop,
    StepsRepository,
    TapResponder,
    Timeline,
    UnreadableVisits,
    VisitParts,
    VisitQueries,
    VisitReader,
    WaysLoop,
    WaysRepository,
    WhereaboutsFinder,
    ZoneWarnings,
  ],
  exports: [SchedulingFacade],
})
export class SchedulingModule implements OnModuleInit {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly patients: PatientsFacade,
    private readonly appointments: AppointmentsRepository,
    private readonly ends: PatientsEnd,
    private readonly conversations: ConversationsFacade,
    private readonly loops: Loops,
    private readonly places: Places,
    private readonly projection: Projection,
    private readonly setup: SetupSections,
    private readonly plans: PlanLoop,
    private readonly steps: StepsLoop,
    private readonly actions: ActionsLoop,
    private readonly ways: WaysLoop,
    private readonly drift: DriftLoop,
    private readonly taps: TapResponder,
    private readonly rechecks: RecheckReminder,
    private readonly follow: FollowReminders,
    private readonly listeners: Listeners,
  ) {}

  onModuleInit(): void {
    this.fhir.onPage('Location', (ctx, page) => this.places.absorb(ctx, page));
    this.fhir.onPage('Appointment', (ctx, page) => this.projection.absorb(ctx, page));
    this.patients.registerVisitsAhead((ctx, ids) => this.appointments.expected(ctx, ids));
    this.patients.registerEnd((ctx, ids) => this.ends.run(ctx, ids));
    this.loops.register({ name: PLAN_LOOP, everyMs: EVERY_MS, claim: (ctx) => this.plans.claim(ctx) });
    this.loops.register({ name: STEPS_LOOP, everyMs: EVERY_MS, claim: (ctx) => this.steps.claim(ctx) });
    this.loops.register({ name: WAYS_LOOP, everyMs: WAYS_EVERY_MS, claim: (ctx) => this.ways.claim(ctx) });
    this.loops.register({ name: ACTIONS_LOOP, everyMs: EVERY_MS, claim: (ctx) => this.actions.claim(ctx) });
    this.loops.register({ name: DRIFT_LOOP, everyMs: DRIFT_EVERY_MS, claim: (ctx) => this.drift.claim(ctx) });
    this.listeners.on(MessageStatusChanged, 'scheduling.followReminders@1', (ctx, ids) =>
      this.follow.run(ctx, ids),
    );
    this.conversations.registerResponder(this.taps);
    this.setup.register();
    this.rechecks.register();
  }
}

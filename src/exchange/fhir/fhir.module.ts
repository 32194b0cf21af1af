import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { ConnectionsController } from './api/connections.controller.js';
import { KeySetsController } from './api/key-sets.controller.js';
import { BookAppointment } from './application/book-appointment.js';
import { Connections } from './application/connections.js';
import { CountCopies } from './application/count-copies.js';
import { Crawl } from './application/crawl.js';
import { ExtraCopies } from './application/extra-copies.js';
import { FindSlots } from './application/find-slots.js';
import { FirstSight } from './application/first-sight.js';
import { Intake } from './application/intake.js';
import { KeptHolder } from './application/kept/holder.js';
import { KeptContent } from './application/kept/kept-content.js';
import { ShowKept } from './application/kept/show-kept.js';
import { Survivors } from './application/kept/survivors.js';
import { WriteKept } from './application/kept/write-kept.js';
import { WriteOrKeep } from './application/kept/write-or-keep.js';
import { LiveRead } from './application/live-read.js';
import { LiveWindow } from './application/live-window.js';
import { FhirLoops } from './application/loops.js';
import { KeepCapabilities } from './application/keep-capabilities.js';
import { Misconfigured } from './application/misconfigured.js';
import { Missing } from './application/missing.js';
import { OffLimits } from './application/off-limits.js';
import { Outbox } from './application/outbox.js';
import { Places } from './application/places.js';
import { Probe } from './application/probe.js';
import { Quarantine } from './application/quarantine.js';
import { IdReader } from './application/read-ids.js';
import { Retract } from './application/retract.js';
import { Scan } from './application/scan.js';
import { EhrSetupSection } from './application/setup-section.js';
import { SigningKeys } from './application/signing-keys.js';
import { Sinks } from './application/sinks.js';
import { SummaryRoutes } from './application/summary-routes.js';
import { Sync } from './application/sync.js';
import { WriteAppointment } from './application/write-appointment.js';
import { FhirFacade } from './fhir.facade.js';
import { Grants } from './infrastructure/auth/grants.js';
import { PublishedKeysRepository } from './infrastructure/auth/published-keys.repository.js';
import { SignIn } from './infrastructure/auth/sign-in.js';
import { PublishedKeyEntity, SigningKeyEntity } from './infrastructure/auth/signing-key.entity.js';
import { SigningKeysRepository } from './infrastructure/auth/signing-keys.repository.js';
import { Clients } from './infrastructure/clients.js';
import { ConnectionEntity } from './infrastructure/connection.entity.js';
import { ConnectionsRepository } from './infrastructure/connections.repository.js';
import { ForeignAddresses } from './infrastructure/foreign-addresses.js';
import { KeptEntity } from './infrastructure/kept.entity.js';
import { KeptRepository } from './infrastructure/kept.repository.js';
import { QuarantineEntity } from './infrastructure/quarantine.entity.js';
import { QuarantineRepository } from './infrastructure/quarantine.repository.js';
import { ResourceEntity } from './infrastructure/resource.entity.js';
import { Notices } from './infrastructure/notices.js';
import { WithheldRecords } from './infrastructure/withheld-records.js';
import { WithheldRecordsRepository } from './infrastructure/withheld-records.repository.js';
import { ResourcesRepository } from './infrastructure/resources.repository.js';
import { ScanUnitEntity } from './infrastructure/scan-unit.entity.js';
import { ScanUnitsRepository } from './infrastructure/scan-units.repository.js';
import { SyncEntity } from './infrastructure/sync.entity.js';
import { SyncRepository } from './infrastructure/sync.repository.js';
import { WriteEntity } from './infrastructure/write.entity.js';
import { WritesRepository } from './infrastructure/writes.repository.js';
import { HintsController } from './api/hints.controller.js';
import { HintAlarms } from './application/hints/hint-alarms.js';
import { HintKeyring } from './application/hints/hint-keyring.js';
import { KeepSubscriptions } from './application/hints/keep-subscriptions.js';
import { ReadHints } from './application/hints/read-hints.js';
import { ReceiveHint } from './application/hints/receive-hint.js';
import { HintDirectoryEntity, HintEntity } from './infrastructure/hint.entity.js';
import { HintsRepository } from './infrastructure/hints.repository.js';
import { SubscriptionEntity } from './infrastructure/subscription.entity.js';
import { SubscriptionsRepository } from './infrastructure/subscriptions.repository.js';

const ENTITIES = [
  ConnectionEntity,
  HintDirectoryEntity,
  HintEntity,
  SubscriptionEntity,
  SyncEntity,
  ScanUnitEntity,
  ResourceEntity,
  QuarantineEntity,
  WriteEntity,
  KeptEntity,
  SigningKeyEntity,
  PublishedKeyEntity,
];
const REPOSITORIES = [
  ConnectionsRepository,
  SyncRepository,
  ScanUnitsRepository,
  ResourcesRepository,
  HintsRepository,
  WithheldRecordsRepository,
  QuarantineRepository,
  SubscriptionsRepository,
  WritesRepository,
  KeptRepository,
];
const SIGNING_IN = [SignIn, Grants, SigningKeys, SigningKeysRepository, PublishedKeysRepository];
const READING = [
  KeepCapabilities,
  Probe,
  LiveRead,
  LiveWindow,
  Intake,
  FirstSight,
  Quarantine,
  Sinks,
  Sync,
  Crawl,
  Scan,
  Places,
  IdReader,
  Missing,
  Misconfigured,
];
const HEARING = [HintKeyring, HintAlarms, ReceiveHint, ReadHints, KeepSubscriptions];
const WRITING = [
  WriteAppointment,
  BookAppointment,
  FindSlots,
  Outbox,
  Retract,
  CountCopies,
  ExtraCopies,
  OffLimits,
  SummaryRoutes,
];
const KEEPING = [WriteOrKeep, WriteKept, ShowKept, Survivors, KeptContent, KeptHolder];

@Module({
  imports: [
    TypeOrmModule.forFeature(ENTITIES),
    AuditModule,
    VaultModule,
    OrganizationsModule,
    PrivacyModule,
    WorklistModule,
  ],
  controllers: [ConnectionsController, HintsController, KeySetsController],
  providers: [
    FhirFacade,
    Clients,
    ForeignAddresses,
    WithheldRecords,
    Notices,
    Connections,
    EhrSetupSection,
    FhirLoops,
    ...REPOSITORIES,
    ...SIGNING_IN,
    ...READING,
    ...HEARING,
    ...WRITING,
    ...KEEPING,
  ],
  exports: [FhirFacade],
})
export class FhirModule {}

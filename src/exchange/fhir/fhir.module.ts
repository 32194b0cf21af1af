import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { ConnectionsController } from './api/connections.controller.js';
import { KeySetsController } from './api/key-sets.controller.js';
import { Connections } from './application/connections.js';
import { CountCopies } from './application/count-copies.js';
import { Crawl } from './application/crawl.js';
import { FirstSight } from './application/first-sight.js';
import { Intake } from './application/intake.js';
import { LiveRead } from './application/live-read.js';
import { FhirLoops } from './application/loops.js';
import { Missing } from './application/missing.js';
import { Outbox } from './application/outbox.js';
import { Probe } from './application/probe.js';
import { Retract } from './application/retract.js';
import { EhrSetupSection } from './application/setup-section.js';
import { SigningKeys } from './application/signing-keys.js';
import { Sinks } from './application/sinks.js';
import { SummaryRoutes } from './application/summary-routes.js';
import { Sync } from './application/sync.js';
import { WriteAppointment } from './application/write-appointment.js';
import { FhirFacade } from './fhir.facade.js';
import { PublishedKeysRepository } from './infrastructure/auth/published-keys.repository.js';
import { SignIn } from './infrastructure/auth/sign-in.js';
import { PublishedKeyEntity, SigningKeyEntity } from './infrastructure/auth/signing-key.entity.js';
import { SigningKeysRepository } from './infrastructure/auth/signing-keys.repository.js';
import { Clients } from './infrastructure/clients.js';
import { ConnectionEntity } from './infrastructure/connection.entity.js';
import { ConnectionsRepository } from './infrastructure/connections.repository.js';
import { QuarantineEntity } from './infrastructure/quarantine.entity.js';
import { QuarantineRepository } from './infrastructure/quarantine.repository.js';
import { ResourceEntity } from './infrastructure/resource.entity.js';
import { ResourcesRepository } from './infrastructure/resources.repository.js';
import { SyncEntity } from './infrastructure/sync.entity.js';
import { SyncRepository } from './infrastructure/sync.repository.js';
import { WriteEntity } from './infrastructure/write.entity.js';
import { WritesRepository } from './infrastructure/writes.repository.js';

const ENTITIES = [
  ConnectionEntity,
  SyncEntity,
  ResourceEntity,
  QuarantineEntity,
  WriteEntity,
  SigningKeyEntity,
  PublishedKeyEntity,
];
const REPOSITORIES = [
  ConnectionsRepository,
  SyncRepository,
  ResourcesRepository,
  QuarantineRepository,
  WritesRepository,
];
const SIGNING_IN = [SignIn, SigningKeys, SigningKeysRepository, PublishedKeysRepository];
const READING = [Probe, LiveRead, Intake, FirstSight, Sinks, Sync, Crawl, Missing];
const WRITING = [WriteAppointment, Outbox, Retract, CountCopies, SummaryRoutes];

@Module({
  imports: [
    TypeOrmModule.forFeature(ENTITIES),
    AuditModule,
    VaultModule,
    OrganizationsModule,
    WorklistModule,
  ],
  controllers: [ConnectionsController, KeySetsController],
  providers: [
    FhirFacade,
    Clients,
    Connections,
    EhrSetupSection,
    FhirLoops,
    ...REPOSITORIES,
    ...SIGNING_IN,
    ...READING,
    ...WRITING,
  ],
  exports: [FhirFacade],
})
export class FhirModule {}

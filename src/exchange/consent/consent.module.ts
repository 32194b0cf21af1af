import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Listeners } from '../../platform/jobs/listeners.js';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { FhirModule } from '../fhir/index.js';
import { PatientsModule } from '../patients/index.js';
import { ConsentsController } from './api/consents.controller.js';
import { CompareMerged } from './application/compare-merged.js';
import { Decide } from './application/decide.js';
import { EhrDenies } from './application/ehr-denies.js';
import { Grant } from './application/grant.js';
import { Giving } from './application/giving.js';
import { ConsentHistory } from './application/history.js';
import { ConsentHolder } from './application/holder.js';
import { Persons } from './application/persons.js';
import { ReadConsents } from './application/read.js';
import { Subjects } from './application/subjects.js';
import { Withdraw } from './application/withdraw.js';
import { ConsentFacade } from './consent.facade.js';
import { ConsentGranted } from './events.js';
import { ConsentChangeEntity, ConsentEntity, WithdrawalEntity } from './infrastructure/consent.entity.js';
import { ConsentRepository } from './infrastructure/consent.repository.js';
import { EhrCheckEntity, EhrDenyEntity } from './infrastructure/ehr-deny.entity.js';
import { EhrDenyRepository } from './infrastructure/ehr-deny.repository.js';
import { ErasedConsents } from './infrastructure/erased-consents.repository.js';
import { WithdrawalRepository } from './infrastructure/withdrawal.repository.js';

/** What the EHR says is old by hours anyway. */
const ASK_EVERY_MS = 10_000;

@Module({
  imports: [
    TypeOrmModule.forFeature([
      ConsentEntity,
      ConsentChangeEntity,
      WithdrawalEntity,
      EhrDenyEntity,
      EhrCheckEntity,
    ]),
    AuditModule,
    OrganizationsModule,
    PrivacyModule,
    VaultModule,
    FhirModule,
    PatientsModule,
  ],
  controllers: [ConsentsController],
  providers: [
    CompareMerged,
    ConsentFacade,
    ConsentHistory,
    ConsentHolder,
    ConsentRepository,
    Decide,
    EhrDenies,
    EhrDenyRepository,
    ErasedConsents,
    Giving,
    Grant,
    Persons,
    ReadConsents,
    Subjects,
    Withdraw,
    WithdrawalRepository,
  ],
  exports: [ConsentFacade],
})
export class ConsentModule implements OnModuleInit {
  constructor(
    private readonly listeners: Listeners,
    private readonly loops: Loops,
    private readonly ehrDenies: EhrDenies,
  ) {}

  onModuleInit(): void {
    this.listeners.on(ConsentGranted, 'consent.askEhr@1', (ctx, ids) => this.ehrDenies.due(ctx, ids));
    this.loops.register({
      name: 'consent.ehr',
      everyMs: ASK_EVERY_MS,
      claim: (ctx) => this.ehrDenies.claim(ctx),
    });
  }
}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { FhirModule } from '../fhir/index.js';
import { PatientsModule } from '../patients/index.js';
import { ConsentsController } from './api/consents.controller.js';
import { CompareMerged } from './application/compare-merged.js';
import { Decide } from './application/decide.js';
import { Grant } from './application/grant.js';
import { Giving } from './application/giving.js';
import { ConsentHistory } from './application/history.js';
import { ConsentHolder } from './application/holder.js';
import { Persons } from './application/persons.js';
import { ReadConsents } from './application/read.js';
import { Subjects } from './application/subjects.js';
import { Withdraw } from './application/withdraw.js';
import { ConsentFacade } from './consent.facade.js';
import { ConsentChangeEntity, ConsentEntity, WithdrawalEntity } from './infrastructure/consent.entity.js';
import { ConsentRepository } from './infrastructure/consent.repository.js';
import { ErasedConsents } from './infrastructure/erased-consents.repository.js';
import { WithdrawalRepository } from './infrastructure/withdrawal.repository.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([ConsentEntity, ConsentChangeEntity, WithdrawalEntity]),
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
export class ConsentModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../../foundation/audit/index.js';
import { OrganizationsModule } from '../../foundation/organizations/index.js';
import { PrivacyModule } from '../../foundation/privacy/index.js';
import { VaultModule } from '../../foundation/vault/index.js';
import { WorklistModule } from '../../foundation/worklist/index.js';
import { FhirModule } from '../fhir/index.js';
import { PatientDetails } from './api/patient-details.js';
import { PatientRecordsController } from './api/patient-records.controller.js';
import { PatientsController } from './api/patients.controller.js';
import { Addresses } from './application/addresses.js';
import { CareTeamsOf } from './application/care-teams.js';
import { ComingOfAge } from './application/coming-of-age.js';
import { ContactReview } from './application/contact-review.js';
import { Deaths } from './application/deaths.js';
import { Directory } from './application/directory.js';
import { FollowMerges } from './application/follow-merges.js';
import { PatientsHolder } from './application/holder.js';
import { Guardians } from './application/guardians.js';
import { ManyAddresses } from './application/many-addresses.js';
import { MergeItems } from './application/merge-items.js';
import { Merges } from './application/merges.js';
import { PatientSink } from './application/patient-sink.js';
import { Replacements } from './application/replacements.js';
import { ProxyItems } from './application/proxy-items.js';
import { ProxySink } from './application/proxy-sink.js';
import { VisitsAhead } from './application/visits-ahead.js';
import { AddressEntity } from './infrastructure/address.entity.js';
import { AddressesRepository } from './infrastructure/addresses.repository.js';
import { AliasEntity } from './infrastructure/alias.entity.js';
import { AliasesRepository } from './infrastructure/aliases.repository.js';
import { CareTeamsEntity } from './infrastructure/care-teams.entity.js';
import { CareTeamsRepository } from './infrastructure/care-teams.repository.js';
import { ErasedRepository } from './infrastructure/erased.repository.js';
import { LinkEntity } from './infrastructure/link.entity.js';
import { PatientEntity } from './infrastructure/patient.entity.js';
import { PatientsRepository } from './infrastructure/patients.repository.js';
import { ProxiesRepository } from './infrastructure/proxies.repository.js';
import { ProxyAddressEntity, ProxyEntity } from './infrastructure/proxy.entity.js';
import { PatientsFacade } from './patients.facade.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      PatientEntity,
      AddressEntity,
      LinkEntity,
      ProxyEntity,
      ProxyAddressEntity,
      AliasEntity,
      CareTeamsEntity,
    ]),
    AuditModule,
    PrivacyModule,
    VaultModule,
    OrganizationsModule,
    WorklistModule,
    FhirModule,
  ],
  controllers: [PatientsController, PatientRecordsController],
  providers: [
    PatientsFacade,
    PatientDetails,
    Directory,
    Addresses,
    ManyAddresses,
    PatientSink,
    Merges,
    MergeItems,
    Replacements,
    FollowMerges,
    AliasesRepository,
    ErasedRepository,
    PatientsHolder,
    ProxySink,
    ProxyItems,
    Guardians,
    CareTeamsOf,
    CareTeamsRepository,
    ComingOfAge,
    ContactReview,
    Deaths,
    VisitsAhead,
    PatientsRepository,
    AddressesRepository,
    ProxiesRepository,
  ],
  exports: [PatientsFacade],
})
export class PatientsModule {}

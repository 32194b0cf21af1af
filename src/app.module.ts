import { type DynamicModule, Module } from '@nestjs/common';
import { ConversationsModule } from './care/conversations/index.js';
import { SchedulingModule } from './care/scheduling/index.js';
import { SummariesModule } from './care/summaries/index.js';
import { ConsentModule } from './exchange/consent/index.js';
import { FhirModule } from './exchange/fhir/index.js';
import { MessagingModule } from './exchange/messaging/index.js';
import { PatientsModule } from './exchange/patients/index.js';
import { AuditModule } from './foundation/audit/index.js';
import { IdentityModule } from './foundation/identity/index.js';
import { OrganizationsModule } from './foundation/organizations/index.js';
import { PrivacyModule } from './foundation/privacy/index.js';
import { VaultModule } from './foundation/vault/index.js';
import { WorklistModule } from './foundation/worklist/index.js';
import type { Settings } from './platform/config/settings.js';
import { PlatformModule } from './platform/platform.module.js';

/** The product: composition only. */
@Module({})
export class AppModule {
  static with(settings: Settings, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(settings, databaseUrl),
        AuditModule,
        VaultModule,
        OrganizationsModule,
        WorklistModule,
        IdentityModule,
        PrivacyModule,
        FhirModule,
        PatientsModule,
        ConsentModule,
        MessagingModule,
        ConversationsModule,
        SchedulingModule,
        SummariesModule,
      ],
    };
  }
}

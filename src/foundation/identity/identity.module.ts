import { Inject, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { Transactions } from '../../platform/database/transactions.js';
import { Idempotency } from '../../platform/http/idempotency.js';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditModule } from '../audit/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { VaultModule } from '../vault/index.js';
import { AdmissionGuard } from './api/admission.guard.js';
import { ApiKeyStrategy } from './api/api-key.strategy.js';
import { ApiKeysController } from './api/api-keys.controller.js';
import { RateLimits } from './api/rate-limits.js';
import { Admission } from './application/admission.js';
import { ApiKeys } from './application/api-keys.js';
import { Callers } from './application/callers.js';
import { Replay } from './application/replay.js';
import { IdentityFacade } from './identity.facade.js';
import { ApiKeyDirectoryEntity, ApiKeyEntity } from './infrastructure/api-key.entity.js';
import { ApiKeysRepository } from './infrastructure/api-keys.repository.js';
import { IdempotencyKeyEntity } from './infrastructure/idempotency-key.entity.js';
import { IdempotencyRepository } from './infrastructure/idempotency.repository.js';

const PURGE_EVERY_MS = 3_600_000;

@Module({
  imports: [
    TypeOrmModule.forFeature([ApiKeyEntity, ApiKeyDirectoryEntity, IdempotencyKeyEntity]),
    PassportModule.register({ session: false }),
    AuditModule,
    OrganizationsModule,
    VaultModule,
  ],
  controllers: [ApiKeysController],
  providers: [
    Admission,
    ApiKeys,
    ApiKeysRepository,
    ApiKeyStrategy,
    Callers,
    IdempotencyRepository,
    IdentityFacade,
    RateLimits,
    Replay,
    { provide: APP_GUARD, useClass: AdmissionGuard },
  ],
  exports: [IdentityFacade],
})
export class IdentityModule implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly identity: IdentityFacade,
    private readonly idempotency: Idempotency,
    private readonly replay: Replay,
    private readonly keys: IdempotencyRepository,
    private readonly transactions: Transactions,
    private readonly loops: Loops,
  ) {}

  onModuleInit(): void {
    this.idempotency.keepBy(this.replay);
    this.loops.register({
      name: 'identity.idempotency',
      everyMs: PURGE_EVERY_MS,
      claim: async (ctx) => {
        await this.transactions.run(ctx, (tx) => this.keys.purge(tx));
        return 0;
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.settings.bootstrapApiKey) await this.identity.bootstrap(this.settings.bootstrapApiKey);
  }
}

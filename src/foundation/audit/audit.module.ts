import { Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { KeyringModule } from '../../platform/keyring/keyring.module.js';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditController } from './api/audit.controller.js';
import { Recorder } from './application/record.js';
import { Sealer, SEAL_EVERY_MS } from './application/seal.js';
import { Searcher } from './application/search.js';
import { Verifier } from './application/verify.js';
import { VerifyListing } from './application/verify-listing.js';
import { VerifyPublished } from './application/verify-published.js';
import { VerifyTree } from './application/verify-tree.js';
import { AuditFacade } from './audit.facade.js';
import { CheckpointFile } from './infrastructure/checkpoint-file.js';
import { EventRepository } from './infrastructure/event.repository.js';
import { PARTITIONS_EVERY_MS, Partitions } from './infrastructure/partitions.js';
import { TreeRepository } from './infrastructure/tree.repository.js';

@Module({
  imports: [KeyringModule],
  controllers: [AuditController],
  providers: [
    AuditFacade,
    CheckpointFile,
    EventRepository,
    Partitions,
    Recorder,
    Sealer,
    Searcher,
    TreeRepository,
    Verifier,
    VerifyListing,
    VerifyPublished,
    VerifyTree,
  ],
  exports: [AuditFacade],
})
export class AuditModule implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly loops: Loops,
    private readonly sealer: Sealer,
    private readonly partitions: Partitions,
  ) {}

  onModuleInit(): void {
    this.loops.register({
      name: 'audit.seal',
      everyMs: SEAL_EVERY_MS,
      claim: (ctx) => this.sealer.claim(ctx),
      atStop: true,
    });
    this.loops.register({
      name: 'audit.partitions',
      everyMs: PARTITIONS_EVERY_MS,
      claim: () => this.partitions.ensure(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.partitions.ensure();
  }
}

import { Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { KeyringModule } from '../../platform/keyring/keyring.module.js';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditController } from './api/audit.controller.js';
import { Record } from './application/record.js';
import { Seal, SEAL_EVERY_MS } from './application/seal.js';
import { Search } from './application/search.js';
import { Verify } from './application/verify.js';
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
    Record,
    Seal,
    Search,
    TreeRepository,
    Verify,
  ],
  exports: [AuditFacade],
})
export class AuditModule implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly loops: Loops,
    private readonly sealer: Seal,
    private readonly partitions: Partitions,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: 'audit.seal', everyMs: SEAL_EVERY_MS, claim: (ctx) => this.sealer.claim(ctx) });
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

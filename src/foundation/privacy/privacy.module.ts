import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Loops } from '../../platform/jobs/loops.js';
import { AuditModule } from '../audit/index.js';
import { VaultModule } from '../vault/index.js';
import { WorklistModule } from '../worklist/index.js';
import { Erase, ERASE_LOOP } from './application/erase.js';
import { Holders } from './application/holders.js';
import { RequestErasure } from './application/request-erasure.js';
import { ErasureEntity } from './infrastructure/erasure.entity.js';
import { ErasuresRepository } from './infrastructure/erasures.repository.js';
import { PrivacyFacade } from './privacy.facade.js';

const EVERY_MS = 5_000;

@Module({
  imports: [TypeOrmModule.forFeature([ErasureEntity]), AuditModule, VaultModule, WorklistModule],
  providers: [Erase, ErasuresRepository, Holders, PrivacyFacade, RequestErasure],
  exports: [PrivacyFacade],
})
export class PrivacyModule implements OnModuleInit {
  constructor(
    private readonly loops: Loops,
    private readonly erase: Erase,
  ) {}

  onModuleInit(): void {
    this.loops.register({ name: ERASE_LOOP, everyMs: EVERY_MS, claim: (ctx) => this.erase.claim(ctx) });
  }
}

import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Listeners } from '../../platform/jobs/listeners.js';
import { AuditBroken } from '../audit/events.js';
import { AuditModule } from '../audit/index.js';
import { WorkItemsController } from './api/work-items.controller.js';
import { WorkItemEntity } from './infrastructure/work-item.entity.js';
import { WorklistRepository } from './infrastructure/worklist.repository.js';
import { WorklistFacade } from './worklist.facade.js';

@Module({
  imports: [TypeOrmModule.forFeature([WorkItemEntity]), AuditModule],
  controllers: [WorkItemsController],
  providers: [WorklistFacade, WorklistRepository],
  exports: [WorklistFacade],
})
export class WorklistModule implements OnModuleInit {
  constructor(
    private readonly listeners: Listeners,
    private readonly worklist: WorklistFacade,
  ) {}

  /** Audit stands below and cannot ask for help itself. */
  onModuleInit(): void {
    this.listeners.on(AuditBroken, 'worklist.auditBroken@1', async (ctx) => {
      await this.worklist.raise(ctx, {
        kind: 'audit-broken',
        reason: 'verification-failed',
        key: 'audit-broken',
        subject: { kind: 'organization', id: ctx.organizationId },
      });
    });
  }
}

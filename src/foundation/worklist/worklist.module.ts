import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
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
export class WorklistModule {}

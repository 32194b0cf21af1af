import { Module } from '@nestjs/common';
import { SchedulingFacade } from './scheduling.facade.js';

@Module({ providers: [SchedulingFacade], exports: [SchedulingFacade] })
export class SchedulingModule {}

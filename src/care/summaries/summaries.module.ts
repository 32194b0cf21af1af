import { Module } from '@nestjs/common';
import { SummariesFacade } from './summaries.facade.js';

@Module({ providers: [SummariesFacade], exports: [SummariesFacade] })
export class SummariesModule {}

import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Events } from './events.js';
import { JobRunner } from './job-runner.js';
import { JobsController } from './jobs.controller.js';
import { JobsRepository } from './jobs.repository.js';
import { Listeners } from './listeners.js';
import { Loops } from './loops.js';
import { Settle } from './settle.js';
import { WorkerPresence } from './worker-presence.js';

@Global()
@Module({
  imports: [ScheduleModule.forRoot()],
  controllers: [JobsController],
  providers: [Events, JobRunner, JobsRepository, Listeners, Loops, Settle, WorkerPresence],
  exports: [Events, Listeners, Loops, Settle],
})
export class JobsModule {}

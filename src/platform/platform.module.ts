import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ClockModule } from './clock/clock.module.js';
import { SETTINGS, type Settings } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { Idempotency } from './http/idempotency.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LoggingModule } from './logging/logging.module.js';

/** Everything under the modules: settings, log, database, clock, jobs, health. */
@Global()
@Module({})
export class PlatformModule {
  static with(settings: Settings, databaseUrl: string): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        LoggingModule,
        DatabaseModule.at(databaseUrl),
        JobsModule,
        HealthModule,
        ClockModule.with(settings),
      ],
      providers: [{ provide: SETTINGS, useValue: settings }, Idempotency],
      exports: [SETTINGS, Idempotency],
    };
  }
}

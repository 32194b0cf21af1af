import { Global, Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Log } from './log.js';

@Global()
@Module({
  providers: [
    { provide: Log, inject: [SETTINGS], useFactory: (settings: Settings) => new Log(settings.logLevel) },
  ],
  exports: [Log],
})
export class LoggingModule {}

import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../clock/clock.js';
import { Log } from '../logging/log.js';
import { DATABASE_URL, DirectConnections } from './direct-connections.js';
import { Fence } from './fence.js';
import { LogSettings } from './log-settings.js';
import { PATIENCE } from './patience.js';
import { Transactions } from './transactions.js';
import { typeormLog } from './typeorm-log.js';

/** Web requests, loops and jobs of one process together. */
const POOL_SIZE = 16;

@Global()
@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [Log],
          useFactory: (log: Log) => ({
            type: 'postgres',
            url,
            autoLoadEntities: true,
            synchronize: false,
            logging: ['error', 'warn'],
            logger: typeormLog(log),
            retryAttempts: 0,
            poolSize: POOL_SIZE,
            applicationName: 'carethread',
            extra: PATIENCE,
          }),
        }),
      ],
      providers: [
        { provide: DATABASE_URL, useValue: url },
        DirectConnections,
        LogSettings,
        Fence,
        Transactions,
        Clock,
      ],
      exports: [DirectConnections, Fence, Transactions, Clock],
    };
  }
}

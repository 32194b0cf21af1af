import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../clock/clock.js';
import { DATABASE_URL, DirectConnections } from './direct-connections.js';
import { Fence } from './fence.js';
import { PATIENCE } from './patience.js';
import { Transactions } from './transactions.js';

/** Web requests, loops and jobs of one process together. */
const POOL_SIZE = 16;

@Global()
@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          autoLoadEntities: true,
          synchronize: false,
          logging: false,
          retryAttempts: 0,
          poolSize: POOL_SIZE,
          applicationName: 'carethread',
          extra: PATIENCE,
        }),
      ],
      providers: [{ provide: DATABASE_URL, useValue: url }, DirectConnections, Fence, Transactions, Clock],
      exports: [DirectConnections, Fence, Transactions, Clock],
    };
  }
}

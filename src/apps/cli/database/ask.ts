import { NestFactory } from '@nestjs/core';
import { SETTINGS, type Settings } from '../../../platform/config/settings.js';
import { withoutValues } from '../../../platform/database/database-fault.js';
import { DatabaseModule } from '../../../platform/database/database.module.js';
import { sql, Transactions } from '../../../platform/database/transactions.js';
import { LoggingModule } from '../../../platform/logging/logging.module.js';

class AskModule {}

/** Asks a question in SQL of a database that may be of any version or none. */
export type Ask = <Row>(text: string, parameters?: unknown[]) => Promise<Row[]>;

/** The bare database under that login, without the product's modules. Throws DatabaseFault. */
export async function asking<T>(settings: Settings, url: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const module = {
    module: AskModule,
    global: true,
    imports: [LoggingModule, DatabaseModule.at(url)],
    providers: [{ provide: SETTINGS, useValue: settings }],
    exports: [SETTINGS],
  };
  try {
    const context = await NestFactory.createApplicationContext(module, {
      abortOnError: false,
      logger: false,
    });
    const transactions = context.get(Transactions);
    try {
      return await work((text, parameters) => transactions.directory((tx) => sql(tx, text, parameters)));
    } finally {
      await context.close();
    }
  } catch (error) {
    throw withoutValues(error);
  }
}

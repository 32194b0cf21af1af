import { NestFactory } from '@nestjs/core';
import { SETTINGS, type Settings } from '../../../platform/config/settings.js';
import { withoutValues } from '../../../platform/database/database-fault.js';
import { DirectConnections } from '../../../platform/database/direct-connections.js';
import { DatabaseModule } from '../../../platform/database/database.module.js';
import { sql, Transactions } from '../../../platform/database/transactions.js';
import { LoggingModule } from '../../../platform/logging/logging.module.js';

class AskModule {}

/** Asks a question in SQL of a database that may be of any version or none. */
export type Ask = <Row>(text: string, parameters?: unknown[]) => Promise<Row[]>;

/** The server processes behind two connections: the first, the second inside a transaction, the first again. */
export type Sessions = readonly [first: number, second: number, firstAgain: number];

/** The bare database under that login, without the product's modules. Throws DatabaseFault. */
export async function asking<T>(
  settings: Settings,
  url: string,
  work: (ask: Ask, sessions: () => Promise<Sessions>) => Promise<T>,
): Promise<T> {
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
      const ask: Ask = (text, parameters) => transactions.directory((tx) => sql(tx, text, parameters));
      return await work(ask, () => sessionsOf(context.get(DirectConnections)));
    } finally {
      await context.close();
    }
  } catch (error) {
    throw withoutValues(error);
  }
}

async function sessionsOf({ pool }: DirectConnections): Promise<Sessions> {
  const [first, second] = [await pool.connect(), await pool.connect()];
  const pid = async (of: typeof first): Promise<number> =>
    (await of.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  try {
    const before = await pid(first);
    await second.query('begin');
    const other = await pid(second);
    const after = await pid(first);
    await second.query('rollback');
    return [before, other, after];
  } finally {
    first.release(true);
    second.release(true);
  }
}

import { PassThrough } from 'node:stream';
import { Client } from 'pg';
import { DirectConnections } from '../../../src/platform/database/direct-connections.js';
import { LogSettings } from '../../../src/platform/database/log-settings.js';
import { Log } from '../../../src/platform/logging/log.js';
import { copyTemplate, type TestDatabase } from '../../support/database.js';

describe('the log of the database server', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await copyTemplate();
  });
  afterAll(() => database.drop());

  /** The codes that the product warns of as it starts on this database. */
  async function warned(): Promise<string[]> {
    const stream = new PassThrough();
    const log = new Log('warn', stream);
    const connections = new DirectConnections(database.runtimeUrl, log);
    try {
      await new LogSettings(connections, log).onApplicationBootstrap();
    } finally {
      await connections.onApplicationShutdown();
    }
    const lines = ((stream.read() as Buffer | null)?.toString() ?? '')
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line) => (JSON.parse(line) as { code: string }).code).sort();
  }

  /** As an administrator sets it for this database alone. */
  async function set(name: string, value: string): Promise<void> {
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    await client.query(
      `alter database "${new URL(database.adminUrl).pathname.slice(1)}" set ${name} = '${value}'`,
    );
    await client.end();
  }

  it('would show no value in the embedded server: nothing is warned of', async () => {
    expect(await warned()).toEqual([]);
  });

  it('is warned of, setting by setting, where it would', async () => {
    await set('log_parameter_max_length', '-1');
    await set('log_parameter_max_length_on_error', '100');
    await set('log_error_verbosity', 'default');
    await set('log_min_error_statement', 'error');
    expect(await warned()).toEqual([
      'log-error-verbosity',
      'log-min-error-statement',
      'log-parameter-max-length',
      'log-parameter-max-length-on-error',
    ]);
  });
});

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Log } from '../logging/log.js';
import { DirectConnections } from './direct-connections.js';

/** What each setting of the server must be for its log to carry no value. */
const QUIET: Record<string, { fine: readonly string[]; code: string }> = {
  log_parameter_max_length: { fine: ['0'], code: 'log-parameter-max-length' },
  log_parameter_max_length_on_error: { fine: ['0'], code: 'log-parameter-max-length-on-error' },
  // The DETAIL line of a duplicate key prints the key.
  log_error_verbosity: { fine: ['terse'], code: 'log-error-verbosity' },
  // In the order of this setting `log` stands above `error`.
  log_min_error_statement: { fine: ['log', 'fatal', 'panic'], code: 'log-min-error-statement' },
};

/** Warns, once for each setting, of a database whose own log would carry what patients and staff wrote. */
@Injectable()
export class LogSettings implements OnApplicationBootstrap {
  constructor(
    private readonly connections: DirectConnections,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { rows } = await this.connections.pool.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [Object.keys(QUIET)],
    );
    for (const { name, setting } of rows) {
      const { fine, code } = QUIET[name]!;
      if (!fine.includes(setting)) this.log.warn('database.log-shows-values', { code });
    }
  }
}

import type { Logger } from 'typeorm';
import type { Log } from '../logging/log.js';

const nothing = (): void => undefined;

/** TypeORM's own logger writes statements with their parameters; of a failed one ours keeps class, code and constraint. */
export function typeormLog(log: Log): Logger {
  return {
    logQuery: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    logQueryError: (error) => log.debug('database.query-failed', {}, error),
    log: (level) => {
      if (level === 'warn') log.warn('database.driver-warning');
    },
  };
}

import type { LoggerService } from '@nestjs/common';
import type { LogFields } from './fields.js';
import type { Log } from './log.js';

/** Nest's own messages are free text: only where they came from is kept. */
export function frameworkLogger(log: Log): LoggerService {
  const source = (parameters: unknown[]): LogFields => {
    const last = parameters.at(-1);
    return typeof last === 'string' && !last.includes('\n') ? { source: last } : {};
  };
  return {
    log: (_message, ...parameters) => log.debug('framework.info', source(parameters)),
    warn: (_message, ...parameters) => log.warn('framework.warning', source(parameters)),
    error: (message, ...parameters) => log.error('framework.error', source(parameters), message),
    fatal: (message, ...parameters) => log.error('framework.fatal', source(parameters), message),
  };
}

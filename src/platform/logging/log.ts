import { Injectable, type LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { Fault } from '../errors/fault.js';

/** Every field that a log line may carry. Ids, codes, counts and times: nothing that a person wrote. */
export interface LogFields {
  organization_id?: string;
  request_id?: string;
  correlation_id?: string;
  id?: string;
  code?: string;
  reason?: string;
  task?: string;
  loop?: string;
  route?: string;
  method?: string;
  status?: number;
  count?: number;
  attempt?: number;
  duration_ms?: number;
  port?: number;
  role?: string;
  source?: string;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Logs typed events with allowed fields only: there is no way to hand it a sentence. */
@Injectable()
export class Log {
  private readonly logger: Logger;

  constructor(level: string, destination: NodeJS.WritableStream = process.stderr) {
    this.logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  }

  debug(event: string, fields: LogFields = {}): void {
    this.write('debug', event, fields);
  }

  info(event: string, fields: LogFields = {}): void {
    this.write('info', event, fields);
  }

  /** `error` becomes class, code and stack frames: messages may carry values and stay out. */
  warn(event: string, fields: LogFields = {}, error?: unknown): void {
    this.write('warn', event, fields, error);
  }

  /** For what a person must act on. */
  error(event: string, fields: LogFields = {}, error?: unknown): void {
    this.write('error', event, fields, error);
  }

  private write(level: Level, event: string, fields: LogFields, error?: unknown): void {
    this.logger[level]({ event, ...fields, ...(error === undefined ? {} : { error: describe(error) }) });
  }
}

/** Class, code and stack frames of an error, and the same of its cause. Never its message. */
export function describe(error: unknown): object {
  if (!(error instanceof Error)) return { class: typeof error };
  const code = error instanceof Fault ? error.code : (error as { code?: unknown }).code;
  return {
    class: error.constructor.name,
    ...(typeof code === 'string' ? { code } : {}),
    frames: framesOf(error),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  };
}

function framesOf(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => /^at .*:\d+:\d+\)?$/.test(line)).slice(0, 8);
}

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

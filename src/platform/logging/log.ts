import { Injectable } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { factsOf } from './error-facts.js';
import { allowed, isEventName, type LogFields } from './fields.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Logs typed events with allowed fields only: there is no way to hand it a sentence. */
@Injectable()
export class Log {
  private readonly logger: Logger;

  constructor(level: string, destination: NodeJS.WritableStream = process.stderr) {
    this.logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  }

  debug(event: string, fields: LogFields = {}, error?: unknown): void {
    this.write('debug', event, { fields, error });
  }

  info(event: string, fields: LogFields = {}): void {
    this.write('info', event, { fields });
  }

  /** `error` becomes class, code, constraint and stack frames: messages may carry values and stay out. */
  warn(event: string, fields: LogFields = {}, error?: unknown): void {
    this.write('warn', event, { fields, error });
  }

  /** For what a person must act on. */
  error(event: string, fields: LogFields = {}, error?: unknown): void {
    this.write('error', event, { fields, error });
  }

  private write(level: Level, event: string, more: { fields: LogFields; error?: unknown }): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const { fields, dropped } = allowed(more.fields);
    this.logger[level]({
      event: isEventName(event) ? event : 'log.unnamed-event',
      ...fields,
      ...(dropped > 0 ? { dropped } : {}),
      ...(more.error === undefined ? {} : { error: factsOf(more.error) }),
    });
  }
}

import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { Fault, type FaultKind } from '../errors/fault.js';

/** Connections, resources, an operator's or a time limit's cancel, a server that is just a standby, a broken transaction. */
const UNAVAILABLE = /^(08|53|57|25006|25P0)/;
const RETRYABLE = new Set(['40001', '40P01', '55P03']);
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** What pg says without a code: the connection is gone, none came in time, or the answer did not. */
const CONNECTION_LOST =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|is not queryable/;

interface DriverFacts {
  code?: string;
  schema?: string;
  table?: string;
  constraint?: string;
}

/** What may be known of a failed statement: SQLSTATE, table and constraint, never a parameter or a detail line. */
export class DatabaseFault extends Fault {
  readonly sqlState: string;
  readonly table: string | undefined;
  readonly constraint: string | undefined;

  constructor(facts: DriverFacts) {
    const sqlState = facts.code ?? 'unknown';
    super({
      code: `database.${sqlState.toLowerCase()}`,
      kind: kindOf(sqlState),
      words: wordsOf(sqlState),
      retryable: isPassing(sqlState),
      severity: sqlState === '23505' ? 'info' : 'error',
    });
    this.name = 'DatabaseFault';
    this.sqlState = sqlState;
    this.table = facts.table && `${facts.schema ?? ''}.${facts.table}`;
    this.constraint = facts.constraint;
  }
}

/**
 * Replaces what TypeORM and pg throw: their errors carry parameters and PostgreSQL's detail line prints
 * the colliding value (measured: a phone number in both). Anything else passes unchanged.
 */
export function withoutValues(error: unknown): unknown {
  if (error instanceof QueryRunnerAlreadyReleasedError) return new DatabaseFault({ code: '08006' });
  if (error instanceof QueryFailedError) return new DatabaseFault(error.driverError as DriverFacts);
  if (isDriverError(error)) return new DatabaseFault(error);
  return error;
}

/** Whether the server may still be busy with a statement that we wait for no more: such a connection is closed. */
export function hasNoAnswer(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Query read timeout');
}

function isDriverError(error: unknown): error is Error & DriverFacts {
  if (!(error instanceof Error) || error instanceof Fault) return false;
  const { code } = error as DriverFacts;
  if (error.name === 'error' && typeof code === 'string') return true;
  return (typeof code === 'string' && NETWORK.has(code)) || CONNECTION_LOST.test(error.message);
}

function isPassing(sqlState: string): boolean {
  return (
    UNAVAILABLE.test(sqlState) || RETRYABLE.has(sqlState) || NETWORK.has(sqlState) || sqlState === 'unknown'
  );
}

function kindOf(sqlState: string): FaultKind {
  if (sqlState === '23505') return 'conflict';
  return isPassing(sqlState) ? 'unavailable' : 'unexpected';
}

function wordsOf(sqlState: string): string {
  if (sqlState === '23505') return 'This already exists.';
  if (isPassing(sqlState)) return 'The database is busy or away. Try again in a moment.';
  return 'The database refused the change. Give the request id to your administrator.';
}

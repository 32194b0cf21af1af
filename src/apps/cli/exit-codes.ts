import { ConfigurationFault } from '../../platform/config/settings.js';
import { DatabaseFault, withoutValues } from '../../platform/database/database-fault.js';
import { Fault, type FaultKind } from '../../platform/errors/fault.js';
import { Log } from '../../platform/logging/log.js';

/** What a script may branch on; 75 and 78 are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  findings: 3,
  notAuthorised: 4,
  remoteDown: 5,
  tryLater: 75,
  configuration: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that did not do its work: a stable code, and what the person can do. */
export interface Failure {
  exit: ExitCode;
  code: string;
  words: readonly string[];
}

const BY_KIND: Partial<Record<FaultKind, ExitCode>> = {
  unauthenticated: EXIT.notAuthorised,
  forbidden: EXIT.notAuthorised,
  remote: EXIT.remoteDown,
  unavailable: EXIT.tryLater,
  limited: EXIT.tryLater,
};

/** Both mean that the other side is away or is not itself, which waiting alone may not cure. */
const REMOTE_DOWN = new Set(['fhir.unavailable', 'fhir.not-fhir']);

/** SQLSTATE of a login, password or database that the server does not know. */
const REFUSED_LOGIN = /^(28|3D)/;
const REFUSED_LOGIN_WORDS =
  'The database refuses the login. Check user, password and database in DATABASE_URL and DATABASE_MIGRATION_URL.';
/** Of the database alone: the modules wrap what their own calls meet. */
const UNKNOWN_HOST_WORDS = 'No machine has the name in DATABASE_URL or DATABASE_MIGRATION_URL.';

/** Arguments that commander let through and the command cannot use. */
export class UsageFault extends Error {}

/** What a person is told. Of an unknown error that is never its message, which may carry a value: the log has its frames. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof UsageFault) return { exit: EXIT.usage, code: 'usage', words: [thrown.message] };
  if (thrown instanceof ConfigurationFault) {
    return { exit: EXIT.configuration, code: 'configuration', words: thrown.faults };
  }
  if ((thrown as { code?: unknown } | null)?.code === 'ENOTFOUND') {
    return { exit: EXIT.configuration, code: 'unknown-host', words: [UNKNOWN_HOST_WORDS] };
  }
  const error = withoutValues(thrown);
  if (error instanceof DatabaseFault && REFUSED_LOGIN.test(error.sqlState)) {
    return { exit: EXIT.configuration, code: error.code, words: [REFUSED_LOGIN_WORDS] };
  }
  if (error instanceof Fault) return { exit: exitOf(error), code: error.code, words: [error.words] };
  new Log('error').error('cli.failed', {}, error);
  return {
    exit: EXIT.failed,
    code: 'unexpected',
    words: ['Something failed that should not; a log line says where.'],
  };
}

function exitOf(fault: Fault): ExitCode {
  if (REMOTE_DOWN.has(fault.code)) return EXIT.remoteDown;
  return BY_KIND[fault.kind] ?? (fault.retryable ? EXIT.tryLater : EXIT.failed);
}

import { Fault } from '../../errors/fault.js';

/** Why the embedded PostgreSQL cannot serve: `database.embedded-…`, words for whoever runs the machine. */
export function embeddedFault(code: string, words: string, cause?: unknown): Fault {
  return new Fault(
    { code: `database.embedded-${code}`, kind: 'unavailable', words, severity: 'error' },
    { cause },
  );
}

import { Fault } from '../../errors/fault.js';

/** Why the embedded PostgreSQL cannot serve: `database.embedded-…`, words for whoever runs the machine. */
export function embeddedFault(
  code: string,
  words: string,
  more: { cause?: unknown; retryable?: boolean } = {},
): Fault {
  const { cause, retryable } = more;
  return new Fault(
    { code: `database.embedded-${code}`, kind: 'unavailable', words, severity: 'error', retryable },
    { cause },
  );
}

/** What sort of failure it is; the HTTP edge maps each to one status. */
export type FaultKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'gone'
  | 'conflict'
  | 'precondition-failed'
  | 'precondition-required'
  | 'unprocessable'
  | 'too-large'
  | 'unsupported'
  | 'limited'
  | 'remote'
  | 'unavailable'
  | 'unexpected';

/** One field that was wrong: a JSON pointer, a stable code, words. Never the value itself. */
export interface FieldFault {
  pointer: string;
  code: string;
  words: string;
}

export interface FaultFacts {
  /** Stable, dotted: `consent.unknown-purpose`. */
  code: string;
  kind: FaultKind;
  /** What a nurse or an administrator can do about it. Never a value from a record. */
  words: string;
  /** True when the same call may succeed later. */
  retryable?: boolean;
  /** `error` means that a person must act. */
  severity?: 'info' | 'warning' | 'error';
  fields?: FieldFault[];
  retryAfterSeconds?: number;
}

/** A failure as a value: stable code, whether to try again, how loud, and the words for the person. */
export class Fault extends Error {
  readonly code: string;
  readonly kind: FaultKind;
  readonly words: string;
  readonly retryable: boolean;
  readonly severity: 'info' | 'warning' | 'error';
  readonly fields: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(facts: FaultFacts, options?: { cause?: unknown }) {
    super(facts.code, options);
    this.name = 'Fault';
    this.code = facts.code;
    this.kind = facts.kind;
    this.words = facts.words;
    this.retryable = facts.retryable ?? false;
    this.severity = facts.severity ?? 'info';
    this.fields = facts.fields ?? [];
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** The one answer for an id that does not exist or may not be seen (the two are not told apart). */
export function notFound(noun: string): Fault {
  return new Fault({
    code: 'not-found',
    kind: 'not-found',
    words: `There is no such ${noun}, or you may not see it.`,
  });
}

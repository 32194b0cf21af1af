/** `unknown`: it could not be looked at, because of what another finding says. */
export type FindingState = 'ok' | 'warning' | 'broken' | 'unknown';

/** One thing that the doctor looked at: how it is, and what to do about it. */
export interface Finding {
  /** Stable: `database.locks`. */
  check: string;
  state: FindingState;
  finding: string;
  remedy: string | null;
}

export function good(check: string, finding: string): Finding {
  return { check, state: 'ok', finding, remedy: null };
}

export function bad(check: string, finding: string, remedy: string): Finding {
  return { check, state: 'broken', finding, remedy };
}

export function doubtful(check: string, finding: string, remedy: string): Finding {
  return { check, state: 'warning', finding, remedy };
}

export function unseen(check: string, because: string): Finding {
  return { check, state: 'unknown', finding: `Not looked at: ${because}.`, remedy: null };
}

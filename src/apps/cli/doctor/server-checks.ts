import type { Sessions } from '../database/ask.js';
import type { ServerFacts } from '../database/server-facts.js';
import { bad, doubtful, type Finding, good } from './finding.js';

/** Beyond it, leases and the customer service window are reckoned by two different times. */
const MOST_SKEW_MS = 2_000;
/** A sender that died holds its locks until the server notices, and an opt-out waits for them 15 s at most. */
const MOST_KEEPALIVE_SECONDS = 60;

const QUIET_LOG = {
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
} as const;

/** Locks are held by sessions: a pool in transaction mode would give them to somebody else. */
export function sessionCheck([first, second, firstAgain]: Sessions): Finding {
  const check = 'database.sessions';
  if (first === firstAgain && first !== second) return good(check, 'Connections keep their sessions.');
  return bad(
    check,
    'A pool in transaction or statement mode stands before the database: locks and notices get lost in it.',
    'Connect directly, or set the pool to session mode (PgBouncer: pool_mode = session).',
  );
}

export function keepaliveCheck({ keepalivesIdle }: Pick<ServerFacts, 'keepalivesIdle'>): Finding {
  const check = 'database.keepalives';
  const finding = `The server looks for dead clients after ${keepalivesIdle} s.`;
  if (keepalivesIdle > 0 && keepalivesIdle <= MOST_KEEPALIVE_SECONDS) return good(check, finding);
  return doubtful(
    check,
    keepalivesIdle > 0
      ? finding
      : 'The server looks for dead clients when the system does: often after 2 hours.',
    'Set tcp_keepalives_idle = 10 in postgresql.conf and reload.',
  );
}

/** What was answered must be there after a crash: an attempt that is forgotten is sent again. */
export function durabilityCheck({ settings }: Pick<ServerFacts, 'settings'>): Finding {
  const check = 'database.durability';
  const off = (['fsync', 'full_page_writes', 'synchronous_commit'] as const).filter(
    (name) => settings[name] === 'off',
  );
  if (off.length === 0) return good(check, 'What is committed lasts.');
  return bad(
    check,
    `${off.join(', ')} = off: a crash of the database loses what was promised, and messages may go out twice.`,
    `Set ${off.map((name) => `${name} = on`).join(', ')} in postgresql.conf.`,
  );
}

/** Values of statements are what patients said and who they are. */
export function logCheck({ settings }: Pick<ServerFacts, 'settings'>): Finding {
  const check = 'database.logs';
  const wrong = Object.entries(QUIET_LOG).filter(
    ([name, value]) => settings[name as keyof typeof QUIET_LOG] !== value,
  );
  if (wrong.length === 0) return good(check, "No values of patients get into the server's log.");
  return bad(
    check,
    "The server's log may show values of patients: its errors and slow statements quote them.",
    `Set ${wrong.map(([name, value]) => `${name} = ${value}`).join(', ')} in postgresql.conf and reload.`,
  );
}

export function clockCheck({ clockAheadMs }: Pick<ServerFacts, 'clockAheadMs'>): Finding {
  const check = 'database.clock';
  const seconds = (Math.abs(clockAheadMs) / 1_000).toFixed(1);
  if (Math.abs(clockAheadMs) <= MOST_SKEW_MS)
    return good(check, `The clocks of server and process are ${seconds} s apart.`);
  return bad(
    check,
    `The server's clock is ${seconds} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine's.`,
    'Let NTP (chrony, systemd-timesyncd) set the clocks of both.',
  );
}

export function rowSecurityCheck(tables: readonly string[]): Finding {
  const check = 'database.row-security';
  if (tables.length === 0) return good(check, 'Every table of a hospital is kept apart by a policy.');
  return bad(
    check,
    `Row security does not keep hospitals apart in ${tables.join(', ')}.`,
    'Somebody changed the schema by hand: undo it, or restore the policies from a migrated database.',
  );
}

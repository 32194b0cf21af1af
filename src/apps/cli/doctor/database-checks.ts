import { SENDER_LOCKS } from '../../../exchange/messaging/index.js';
import type { Settings } from '../../../platform/config/settings.js';
import { asking } from '../database/ask.js';
import { type MigrationState, migrationState } from '../database/migration-state.js';
import type { Server } from '../database/server.js';
import { jobsVisible, type ServerFacts, serverFacts, unprotectedTables } from '../database/server-facts.js';
import { failureOf } from '../exit-codes.js';
import { bad, doubtful, type Finding, good, unseen } from './finding.js';
import {
  clockCheck,
  durabilityCheck,
  keepaliveCheck,
  logCheck,
  rowSecurityCheck,
  sessionCheck,
} from './server-checks.js';

/** Nothing newer than PostgreSQL 15 is used, and nothing older was tried. */
const OLDEST_VERSION = 150_000;

/** So many worker processes at once are more than one PostgreSQL is asked to carry. */
const SENDERS = 16;

/** The database as the product's login sees it, and its migrations as the owner does. */
export async function databaseChecks(settings: Settings, server: Server): Promise<Finding[]> {
  try {
    const asked = await asking(settings, server.url, async (ask, sessions) => ({
      facts: await serverFacts(ask),
      jobs: await jobsVisible(ask),
      unprotected: await unprotectedTables(ask),
      sessions: await sessions(),
    }));
    const migrations = await migrationCheck(settings, server);
    return [
      reachable(asked.facts),
      sessionCheck(asked.sessions),
      loginCheck(asked.facts, settings.production),
      rowSecurityCheck(asked.unprotected),
      lockCheck(asked.facts),
      keepaliveCheck(asked.facts),
      durabilityCheck(asked.facts),
      logCheck(asked.facts),
      clockCheck(asked.facts),
      migrations,
      jobCheck(asked.jobs, migrations),
    ];
  } catch (error) {
    return unreachable(failureOf(error).code);
  }
}

/** What nobody sees of a database that is away. */
const BEHIND = [
  'database.sessions',
  'database.login',
  'database.row-security',
  'database.locks',
  'database.keepalives',
  'database.durability',
  'database.logs',
  'database.clock',
  'database.migrations',
  'jobs.visible',
];

function unreachable(code: string): Finding[] {
  const remedy =
    'Check that PostgreSQL runs and that DATABASE_URL has its address, database, user and password.';
  return [
    bad('database.reachable', `The database does not let the product in (${code}).`, remedy),
    ...BEHIND.map((check) => unseen(check, 'the database is away')),
  ];
}

export function reachable({
  version,
  versionNumber,
}: Pick<ServerFacts, 'version' | 'versionNumber'>): Finding {
  const check = 'database.reachable';
  if (versionNumber >= OLDEST_VERSION) return good(check, `PostgreSQL ${version} answers.`);
  return bad(check, `PostgreSQL ${version} is too old.`, 'Move to PostgreSQL 15 or newer.');
}

/** Row-level security does not bind a superuser, and an owner may drop it. */
export function loginCheck(facts: ServerFacts, production: boolean): Finding {
  const check = 'database.login';
  const powers = [
    ...(facts.superuser ? ['is a superuser'] : []),
    ...(facts.bypassesRowSecurity ? ['bypasses row security'] : []),
    ...(facts.ownsTables ? ['owns tables'] : []),
  ];
  if (powers.length === 0)
    return good(check, `The login ${facts.login} owns nothing and is bound by row security.`);
  const say = production ? bad : doubtful;
  return say(
    check,
    `The login ${facts.login} ${powers.join(', ')}: hospitals are not kept apart from each other.`,
    'Give the product a login of its own in DATABASE_URL, and the owner in DATABASE_MIGRATION_URL.',
  );
}

/** The server's lock table has max_locks_per_transaction × max_connections places; a full one fails everybody. */
export function lockCheck({ maxLocksPerTransaction, maxConnections }: ServerFacts): Finding {
  const check = 'database.locks';
  const places = maxLocksPerTransaction * maxConnections;
  // Half of them for all the rest: every table and index that a transaction touches takes one.
  const senders = Math.floor(places / 2 / SENDER_LOCKS);
  const finding = `${maxLocksPerTransaction} × ${maxConnections} locks are enough for ${senders} senders at once.`;
  if (senders >= SENDERS) return good(check, finding);
  return doubtful(check, finding, 'Raise max_locks_per_transaction to 1024 and restart PostgreSQL.');
}

async function migrationCheck(settings: Settings, server: Server): Promise<Finding> {
  try {
    return migrationFinding(await migrationState(settings, server.ownerUrl));
  } catch (error) {
    const finding = `The owner of the tables cannot log in (${failureOf(error).code}).`;
    return bad('database.migrations', finding, 'Check DATABASE_MIGRATION_URL.');
  }
}

function migrationFinding({ applied, pending, unknown }: MigrationState): Finding {
  const check = 'database.migrations';
  if (pending.length > 0)
    return bad(check, `${pending.length} migrations are missing.`, 'Run carethread db migrate.');
  if (unknown.length > 0) {
    return bad(
      check,
      `A newer version of CareThread was here: ${unknown.join(', ')}.`,
      'Run that version or a newer one.',
    );
  }
  return good(check, `All ${applied.length} migrations are applied.`);
}

function jobCheck(visible: boolean, migrations: Finding): Finding {
  const check = 'jobs.visible';
  if (visible) return good(check, "The product's login sees the jobs.");
  if (migrations.state !== 'ok') return unseen(check, 'the migrations come first');
  return bad(
    check,
    "The product's login does not see the jobs: events would be lost.",
    'Run carethread db migrate.',
  );
}

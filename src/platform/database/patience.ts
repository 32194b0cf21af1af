import { SteadyClient } from './steady-client.js';

/**
 * How long a process waits for its database, for both pools. Who waits longer than this is told that the database is
 * away, and tries again: a webhook by Meta's retry, a loop by its next tick.
 */
export const PATIENCE = {
  /** For a connection, new or from a full pool. Meta gives a webhook about ten seconds. */
  connectionTimeoutMillis: 4_000,
  /** For one statement; longer than an opt-out waits for the fence (15 s). */
  statement_timeout: 30_000,
  /** The same on our side, where a server that hangs enforces nothing. */
  query_timeout: 33_000,
  /** Nothing waits for anybody in the middle of a transaction longer than a call to the outside may take. */
  idle_in_transaction_session_timeout: 60_000,
  Client: SteadyClient,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} as const;

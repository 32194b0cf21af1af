import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any request that we answer should take; then its sender has to ask another process. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * Takes no new connection, answers what is under way, and tells every sender to come back on another connection.
 * Resolves once all are answered, at the latest after 10 s.
 */
export async function closeEdge(server: Server): Promise<void> {
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  // Idle connections are closed with it.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const limit = sleep(ANSWER_WITHIN_MS, undefined, { ref: false });
  await Promise.race([closed, limit]);
  server.closeAllConnections();
}

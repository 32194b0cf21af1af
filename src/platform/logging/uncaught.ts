import type { Log } from './log.js';

/** In flight work ends within this; leases and retries take over the rest. */
const STOP_LIMIT_MS = 28_000;

/**
 * What nobody caught is logged without its message, and ends the process with exit code 1: after the orderly stop that
 * SIGTERM asks for, at once when it has not begun to listen to signals or something else goes uncaught while it stops.
 */
export function endOnUncaught(log: Log): void {
  let ending = false;
  const end = (event: string) => (error: unknown) => {
    log.error(event, {}, error);
    if (ending || process.listenerCount('SIGTERM') === 0) process.exit(1);
    ending = true;
    process.exitCode = 1;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  };
  process.on('uncaughtException', end('process.uncaught-exception'));
  process.on('unhandledRejection', end('process.unhandled-rejection'));
}

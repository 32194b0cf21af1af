import type { Log } from './log.js';

/** What Node warns of is an event like any other: by itself it would be a line of free text among our events. */
export function logWarnings(log: Log): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    // Of what we chose to use (undici's unpacking within a limit): nobody who runs the product can act on it.
    if (warning.name === 'ExperimentalWarning') log.debug('process.experimental');
    else log.warn('process.warning', {}, warning);
  });
}

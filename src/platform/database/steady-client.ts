import { Client, type ClientConfig } from 'pg';

/**
 * A connection whose loss never ends the process. The server's last word ("terminating connection") can arrive between
 * the moment when the pool has handed a connection out and the one when its user listens to it: an error event that
 * nobody hears is thrown (measured, with both pools). The next query on it fails, and says so.
 */
export class SteadyClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

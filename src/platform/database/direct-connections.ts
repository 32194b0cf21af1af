import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'pg';
import { Log } from '../logging/log.js';
import { PATIENCE } from './patience.js';

export const DATABASE_URL = Symbol('DATABASE_URL');

/** Jobs (4), their listener, worker presence, and the senders' lock connections. */
const SIZE = 14;

/** pg's own pool, for what TypeORM cannot hold: graphile-worker and session advisory locks. */
@Injectable()
export class DirectConnections implements OnApplicationShutdown {
  readonly pool: Pool;

  constructor(@Inject(DATABASE_URL) url: string, log: Log) {
    this.pool = new Pool({ connectionString: url, max: SIZE, ...PATIENCE });
    // Without a listener an idle client's error would end the process when the server restarts (measured).
    this.pool.on('error', (error) => log.warn('database.idle-connection-lost', {}, error));
    // A SteadyClient listens already; graphile-worker complains about a pool on which nobody seems to.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

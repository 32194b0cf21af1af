import type { Settings } from '../../../platform/config/settings.js';
import { startEmbeddedPostgres } from '../../../platform/database/embedded/index.js';

export interface Server {
  /** The product's login. */
  url: string;
  /** The login that owns the tables. */
  ownerUrl: string;
  close(): Promise<void>;
}

/** As openDatabase names it. */
const EMBEDDED_DATABASE = 'carethread';

/** The database's addresses; the embedded server is started. Unlike openDatabase it migrates nothing. */
export async function reachServer(settings: Settings): Promise<Server> {
  if (settings.databaseUrl) {
    const ownerUrl = settings.migrationUrl ?? settings.databaseUrl;
    return { url: settings.databaseUrl, ownerUrl, close: async () => undefined };
  }
  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir, database: EMBEDDED_DATABASE });
  return { url: server.runtimeUrl, ownerUrl: server.ownerUrl, close: () => server.stop() };
}

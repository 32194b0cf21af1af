// A process of its own that starts the embedded PostgreSQL, tells its urls on stdout and stays until it is killed.
import { register } from 'node:module';

register('../../config/tooling/typescript-hooks.mjs', import.meta.url);

const { startEmbeddedPostgres } = await import('../../src/platform/database/embedded/index.ts');
const [dataDir, database] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dataDir, database });
process.stdout.write(`${JSON.stringify(server)}\n`);
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
setInterval(() => undefined, 60_000);

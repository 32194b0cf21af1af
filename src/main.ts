import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { OrganizationsFacade } from './foundation/organizations/index.js';
import { ConfigurationFault, readSettings, type Role, type Settings } from './platform/config/settings.js';
import { readSetupFile } from './platform/config/setup-file.js';
import { type DatabaseAccess, openDatabase } from './platform/database/database-access.js';
import { armFailpoint } from './platform/failpoint/failpoint.js';
import { Readiness } from './platform/health/readiness.js';
import { closeEdge } from './platform/http/close-edge.js';
import { createApp } from './platform/http/create-app.js';
import { JobRunner } from './platform/jobs/job-runner.js';
import { Log } from './platform/logging/log.js';
import { tellOperator } from './platform/logging/operator.js';
import { endOnUncaught } from './platform/logging/uncaught.js';

/** In flight work ends within this; then the process ends anyway, and leases and retries take over. */
const STOP_LIMIT_MS = 28_000;

function roleFrom(argv: readonly string[]): Role {
  const named = argv.find((argument) => argument.startsWith('--role='))?.slice('--role='.length) ?? 'all';
  if (named === 'all' || named === 'web' || named === 'worker') return named;
  throw new ConfigurationFault([`--role=${named} is unknown: all, web or worker.`]);
}

async function start(
  settings: Settings,
  log: Log,
  database: DatabaseAccess,
): Promise<NestFastifyApplication> {
  const app = await createApp(AppModule.with(settings, database.url), log);
  try {
    await app.init();
    if (settings.setupFile) await app.get(OrganizationsFacade).applySetup(readSetupFile(settings.setupFile));
    await app.listen(settings.role === 'worker' ? 0 : settings.port, settings.host);
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Not ready, then no new work, then what is under way, then the database: nobody's floor goes before them. */
async function stopAll(app: NestFastifyApplication, database: DatabaseAccess): Promise<void> {
  app.get(Readiness).stop();
  await Promise.all([closeEdge(app.getHttpServer()), app.get(JobRunner).stop()]);
  await app.close();
  await database.close();
}

function stopOnSignal(app: NestFastifyApplication, database: DatabaseAccess, log: Log): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info('process.stopping');
    setTimeout(() => {
      log.error('process.stop-took-too-long', { duration_ms: STOP_LIMIT_MS });
      process.exit(1);
    }, STOP_LIMIT_MS).unref();
    await stopAll(app, database).catch((error: unknown) => {
      log.error('process.stop-failed', {}, error);
      process.exitCode = 1;
    });
    log.info('process.stopped');
    process.exit(process.exitCode ?? 0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());
  // A parent that started us with a channel and is gone has left nobody to stop us.
  if (process.channel) process.on('disconnect', () => void stop());
  process.channel?.unref();
}

async function main(): Promise<void> {
  const settings = readSettings(roleFrom(process.argv));
  armFailpoint(settings.failpoint);
  const log = new Log(settings.logLevel);
  endOnUncaught(log);
  const database = await openDatabase(settings);
  try {
    const app = await start(settings, log, database);
    stopOnSignal(app, database, log);
    const port = Number(new URL(await app.getUrl()).port);
    log.info('process.ready', { role: settings.role, port });
    process.send?.({ ready: `http://${settings.host}:${port}` });
  } catch (error) {
    await database.close();
    throw error;
  }
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationFault) {
    tellOperator(['The configuration is wrong:', ...error.faults.map((fault) => `- ${fault}`)]);
    process.exit(ConfigurationFault.exitCode);
  }
  new Log('error').error('process.failed', {}, error);
  process.exit(1);
});

import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { OrganizationsFacade } from './foundation/organizations/index.js';
import { ConfigurationFault, readSettings, type Role, type Settings } from './platform/config/settings.js';
import { readSetupFile } from './platform/config/setup-file.js';
import { openDatabase } from './platform/database/database-access.js';
import { armFailpoint } from './platform/failpoint/failpoint.js';
import { Readiness } from './platform/health/readiness.js';
import { createApp } from './platform/http/create-app.js';
import { Edge } from './platform/http/edge.js';
import { JobRunner } from './platform/jobs/job-runner.js';
import { Log } from './platform/logging/log.js';
import { tellOperator } from './platform/logging/operator.js';
import { endOnUncaught } from './platform/logging/uncaught.js';
import { logWarnings } from './platform/logging/warnings.js';
import type { StopWish } from './platform/process/stop-wish.js';

/** In flight work ends within this; then the process ends anyway, and leases and retries take over. */
const STOP_LIMIT_MS = 28_000;

interface Process {
  settings: Settings;
  log: Log;
  stop: StopWish;
}

/** The product from its start to its end, which is the process's. */
export async function run(stop: StopWish): Promise<void> {
  try {
    const settings = readSettings(roleFrom(process.argv));
    armFailpoint(settings.failpoint);
    const log = new Log(settings.logLevel);
    endOnUncaught(log);
    logWarnings(log);
    void stop.come.then(() => limitStop(stop, log));
    await serve({ settings, log, stop });
    log.info('process.stopped');
    process.exit(process.exitCode ?? 0);
  } catch (error) {
    process.exit(exitCodeOf(error));
  }
}

function roleFrom(argv: readonly string[]): Role {
  const named = argv.find((argument) => argument.startsWith('--role='))?.slice('--role='.length) ?? 'all';
  if (named === 'all' || named === 'web' || named === 'worker') return named;
  throw new ConfigurationFault([`--role=${named} is unknown: all, web or worker.`]);
}

function limitStop({ askedAt }: StopWish, log: Log): void {
  log.info('process.stopping');
  const end = (): void => {
    log.error('process.stop-took-too-long', { duration_ms: STOP_LIMIT_MS });
    process.exit(1);
  };
  setTimeout(end, STOP_LIMIT_MS - (performance.now() - (askedAt ?? 0))).unref();
}

/** A step of the start is cut off by the limit alone: what is asked for meanwhile holds as soon as the step has ended. */
async function serve({ settings, log, stop }: Process): Promise<void> {
  const database = await openDatabase(settings);
  try {
    if (stop.asked) return;
    const app = await createApp(AppModule.with(settings, database.url), log);
    await live(app, { settings, log, stop });
  } finally {
    await database.close();
  }
}

async function live(app: NestFastifyApplication, { settings, log, stop }: Process): Promise<void> {
  const edge = new Edge(app.getHttpServer());
  try {
    if (!stop.asked) await app.init();
    if (!stop.asked && settings.setupFile)
      await app.get(OrganizationsFacade).applySetup(readSetupFile(settings.setupFile));
    if (!stop.asked) await listen(app, settings, log);
    await stop.come;
  } finally {
    await leave(app, edge).catch((error: unknown) => {
      log.error('process.stop-failed', {}, error);
      process.exitCode = 1;
    });
  }
}

async function listen(app: NestFastifyApplication, settings: Settings, log: Log): Promise<void> {
  const { role, host } = settings;
  await app.listen(role === 'worker' ? 0 : settings.port, host);
  const port = Number(new URL(await app.getUrl()).port);
  log.info('process.ready', { role, port });
  if (process.connected) process.send?.({ ready: `http://${host}:${port}` });
}

/** Not ready, then no new work, then what is under way; the database goes last. */
async function leave(app: NestFastifyApplication, edge: Edge): Promise<void> {
  app.get(Readiness).stop();
  const work = app.get(JobRunner).stop();
  await Promise.all([edge.close(work), work]);
  await app.close();
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationFault) {
    tellOperator(['The configuration is wrong:', ...error.faults.map((fault) => `- ${fault}`)]);
    return ConfigurationFault.exitCode;
  }
  new Log('error').error('process.failed', {}, error);
  return 1;
}

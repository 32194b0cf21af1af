import { discard, openInstallation } from './run/installation.js';
import { call } from './run/http.js';
import { readOptions, type StartOptions, USAGE, UsageError } from './run/options.js';
import { Progress } from './run/progress.js';
import { type Sandbox, startSandbox } from './run/sandbox.js';
import { play, type StepResult } from './story/play.js';
import { Story } from './story/story.js';

const PARENT_WATCH_MS = 500;

const progress = new Progress();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const asked = stopRequested();
  const installation = openInstallation('.data', options);
  progress.say(`CareThread sandbox, seed ${installation.seed}`);
  const sandbox = await startSandbox(installation, options);
  try {
    const results = options.keep
      ? []
      : await Promise.race([playAll(sandbox, options), broken(sandbox), asked]);
    const ok = results.every((step) => step.ok);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ ok, seed: installation.seed, steps: results })}\n`);
    if (options.once) return ok ? 0 : 1;
    showAddresses(sandbox);
    await Promise.race([asked, broken(sandbox)]);
    return ok ? 0 : 1;
  } finally {
    await sandbox.stop();
    if (options.once) discard(installation);
  }
}

async function playAll(sandbox: Sandbox, options: StartOptions): Promise<StepResult[]> {
  for (const { standIn, name } of options.faults) {
    await call(sandbox[standIn], '/control/faults', { body: { name } });
  }
  return play(new Story(sandbox, options.seed, progress));
}

/** Never resolves; rejects when one of the three processes ends on its own. */
async function broken(sandbox: Sandbox): Promise<never> {
  throw new Error(`${await sandbox.broken} ended unexpectedly`);
}

class Stopped extends Error {}

/** Rejects when somebody wants an end: a signal, or a parent that is gone (npm forwards no signal to us). */
function stopRequested(): Promise<never> {
  const parent = process.ppid;
  const wish = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Stopped());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    setInterval(() => process.ppid !== parent && stop(), PARENT_WATCH_MS).unref();
  });
  // It is always raced; this keeps a rejection before the race from ending the process.
  wish.catch(() => undefined);
  return wish;
}

function showAddresses(sandbox: Sandbox): void {
  progress.say(
    [
      '',
      `  CareThread   ${sandbox.product}/docs`,
      `  EHR          ${sandbox.ehr}/control/state`,
      `  WhatsApp     ${sandbox.whatsapp}/control/messages`,
      `  API key      ${sandbox.apiKey}   (send it as Authorization: Bearer, with X-Organization: st-marys or harbour)`,
      '',
      '  Ctrl-C stops everything.',
    ].join('\n'),
  );
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof Stopped) process.exit(0);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);

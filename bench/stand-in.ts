// How fast the stand-in of WhatsApp is by itself: what is measured against it must not be its own speed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxAccount } from '../src/sandbox/whatsapp/index.js';
import { startChild } from '../src/sandbox/run/children.js';
import { benchOptions, median, print, takeTurns } from './support/bench.js';
import { runProgram, startProgram } from './support/program.js';

const SENDS = 20_000;
const WARM_UP = 5_000;
const CONNECTIONS = 64;
/** Those that the bare client sends by. */
const NUMBERS = 20;
/** Below this the generator may have been what was measured. */
const GENERATOR_MARGIN = 2;

const options = benchOptions();
const folder = mkdtempSync(join(tmpdir(), 'carethread-stand-in-'));
const standIn = await startStandIn();
const noOp = startProgram<{ url: string }>('send/graph-stub.ts', { latencyMs: 0 });
try {
  await main(standIn.url, (await noOp.next()).url);
} finally {
  await Promise.all([standIn.stop(), noOp.stop()]);
  rmSync(folder, { recursive: true });
}

async function main(standInUrl: string, noOpUrl: string): Promise<void> {
  for (const url of [standInUrl, noOpUrl]) await rateOf(url, WARM_UP);
  const rates = await takeTurns(
    [
      { name: 'no-op server', measure: () => rateOf(noOpUrl, SENDS) },
      { name: 'stand-in', measure: () => rateOf(standInUrl, SENDS) },
    ],
    options.runs,
  );
  await assertAccepted(standInUrl, WARM_UP + options.runs * SENDS);
  const ours = median(rates.get('stand-in')!);
  const generator = median(rates.get('no-op server')!);
  print(
    {
      name: 'stand-in',
      ratio: ours / generator,
      reference: 'a no-op server',
      figures: {
        sends_per_second: ours,
        no_op_per_second: generator,
        generator_bound: generator < GENERATOR_MARGIN * ours,
        connections: CONNECTIONS,
        numbers: NUMBERS,
      },
      runs: options.runs,
    },
    options.json,
  );
}

/** The stand-in as `npm start` runs it, without anybody who takes webhooks. */
function startStandIn(): ReturnType<typeof startChild> {
  const accounts = join(folder, 'accounts.json');
  const numbers = Array.from({ length: NUMBERS }, (_, n) => accountOf(n));
  writeFileSync(accounts, JSON.stringify(numbers), { mode: 0o600 });
  return startChild({
    name: 'sandbox WhatsApp',
    script: 'sandbox/whatsapp/main.js',
    args: ['--accounts', accounts],
    quiet: true,
  });
}

function accountOf(n: number): SandboxAccount {
  return {
    businessAccountId: '900',
    phoneNumberId: String(100 + n),
    displayPhoneNumber: `180055502${String(n).padStart(2, '0')}`,
    accessToken: 'token',
    appSecret: 'app-secret',
    verifyToken: 'verify-token',
  };
}

async function rateOf(url: string, count: number): Promise<number> {
  const task = { url, count, connections: CONNECTIONS };
  const { seconds } = await runProgram<{ seconds: number }>('send/bare-client.ts', task);
  return count / seconds;
}

async function assertAccepted(url: string, wanted: number): Promise<void> {
  const state = (await (await fetch(`${url}/control/state`)).json()) as { counts: { messages: number } };
  if (state.counts.messages !== wanted)
    throw new Error(`${state.counts.messages} messages were accepted instead of ${wanted}`);
}

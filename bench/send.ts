import { openTrial, type Trial } from '../test/support/trial/trial.js';
import { benchOptions, median, print, say, takeTurns } from './support/bench.js';
import { runProgram, startProgram } from './support/program.js';
import { seedPeople, type Seed } from './send/seed.js';

/** Each to another address, so that no pair rate slows them. */
const MESSAGES = 5_000;
const NUMBERS = 20;
const LATENCY_MS = 60;
const CONNECTIONS = 256;
const FEW_WAITING = 10_000;
const MANY_WAITING = 1_000_000;
const LIMIT_MS = 120_000;

interface Sent {
  rate: number;
  /** Of the sending process, in milliseconds for each message. */
  cpuMs: number;
}

const options = benchOptions();
const trial = await openTrial({ name: 'bench-send' });
const stub = startProgram<{ url: string }>('send/graph-stub.ts', { latencyMs: LATENCY_MS });
const { url: stubUrl } = await stub.next();
try {
  await main();
} finally {
  await trial.close();
  await stub.stop();
}

async function main(): Promise<void> {
  const seed = await prepare();
  await seed.addMessages(MESSAGES);
  await seed.addWaiting(FEW_WAITING);
  const few: number[] = [];
  const rates = await takeTurns(
    [
      { name: 'bare HTTP client', measure: bareClient },
      {
        name: 'CareThread',
        measure: async () => {
          const { rate, cpuMs } = await send(trial, seed);
          few.push(cpuMs);
          await seed.addMessages(MESSAGES);
          return rate;
        },
      },
    ],
    options.runs,
  );
  say(`${MANY_WAITING.toLocaleString('en')} rows waiting …`);
  await seed.addWaiting(MANY_WAITING - FEW_WAITING);
  const many: number[] = [];
  for (let run = 0; run < options.runs; run++) {
    many.push((await send(trial, seed)).cpuMs);
    await seed.addMessages(MESSAGES);
  }
  await seed.close();
  const ours = median(rates.get('CareThread')!);
  const bare = median(rates.get('bare HTTP client')!);
  print(
    {
      name: 'send',
      ratio: ours / bare,
      reference: 'the bare HTTP client',
      figures: {
        messages_per_second: ours,
        bare_messages_per_second: bare,
        latency_ms: LATENCY_MS,
        numbers: NUMBERS,
        cpu_ms_per_message_10k_waiting: median(few),
        cpu_ms_per_message_1m_waiting: median(many),
        cpu_ratio: median(many) / median(few),
      },
      runs: options.runs,
    },
    options.json,
  );
}

async function prepare(): Promise<Seed> {
  say(`${MESSAGES.toLocaleString('en')} people with consent, ${NUMBERS} numbers …`);
  const product = await trial.start({ role: 'worker', setup: setupFor(stubUrl) });
  // The loop that reads templates and throughput has its first turn.
  await until('the templates were read', async () => {
    const text = await (await fetch(`${product.url}/v1/templates?limit=1`, { headers: auth() })).text();
    return text.includes('APPROVED');
  });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await product.stop();
  return seedPeople(trial, MESSAGES);
}

function auth(): Record<string, string> {
  return { authorization: `Bearer ${trial.apiKey}` };
}

function setupFor(graph: string): unknown {
  return {
    organizations: [
      {
        slug: 'bench',
        name: 'Bench Hospital',
        timeZone: 'America/New_York',
        country: 'US',
        languages: ['en'],
        whatsapp: Array.from({ length: NUMBERS }, (_, n) => ({
          name: `number-${n}`,
          graphBaseUrl: `${graph}/v25.0`,
          businessAccountId: '900',
          phoneNumberId: String(100 + n),
          accessToken: { value: 'token' },
          appSecret: { value: 'app-secret' },
          verifyToken: { value: 'verify-token' },
          allowPrivateNetwork: true,
        })),
        quietHours: { from: '00:00', to: '00:00' },
      },
    ],
  };
}

async function bareClient(): Promise<number> {
  await fetch(`${stubUrl}/reset`);
  await runProgram('send/bare-client.ts', { url: stubUrl, count: MESSAGES, connections: CONNECTIONS });
  return rateOf(await countOf());
}

async function send({ start }: Trial, seed: Seed): Promise<Sent> {
  const product = await start({ role: 'worker' });
  await fetch(`${stubUrl}/reset`);
  const before = await cpuSeconds(product.url);
  await seed.makeDue();
  await until('every message was sent', async () => (await countOf()).sends >= MESSAGES);
  await until('every answer was recorded', async () => ((await seed.states())['sending'] ?? 0) === 0);
  const cpu = (await cpuSeconds(product.url)) - before;
  const count = await countOf();
  await product.stop();
  if (count.sends !== MESSAGES || count.distinct !== MESSAGES) {
    throw new Error(`${count.sends} sends to ${count.distinct} addresses instead of ${MESSAGES}`);
  }
  return { rate: rateOf(count), cpuMs: (cpu * 1_000) / MESSAGES };
}

interface Count {
  sends: number;
  distinct: number;
  seconds: number;
}

async function countOf(): Promise<Count> {
  return (await (await fetch(`${stubUrl}/count`)).json()) as Count;
}

function rateOf({ sends, seconds }: Count): number {
  return sends / seconds;
}

async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^carethread_process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

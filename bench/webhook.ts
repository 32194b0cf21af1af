import type { Child } from '../src/sandbox/run/children.js';
import { openTrial } from '../test/support/trial/trial.js';
import { benchOptions, median, print, say, takeTurns, type BenchReport } from './support/bench.js';
import { backlog, drain, FIRST_SENT, Ledger } from './webhook/drain.js';
import { bare, edge, machine, postedTo, product, type Target } from './webhook/ingest.js';
import { startProgram } from './support/program.js';
import { NUMBER } from './webhook/webhooks.js';

const STATUSES = 20_000;
const MESSAGES = 4_000;
const STATUSES_PER_SECOND = 1_000;
const READY = 5_000;
/** A generator below twice what it measures is what was measured. */
const GENERATOR_HEADROOM = 2;

/** What a hospital's worker must keep up with. */
const LEAST = { statuses: 3_000, messages: 500 };

const given = process.argv.slice(2);
const seconds = given.includes('--full') ? 60 : 20;
/** Leaves the web process out, which is measured for minutes. */
const drainOnly = given.includes('--drain-only');
const { json, runs } = benchOptions(given.filter((one) => one !== '--full' && one !== '--drain-only'));
const graph = startProgram<{ port: number }>('webhook/graph-stub.ts', { latencyMs: 60 });
const trial = await openTrial({ name: 'bench-webhook' });
const ledger = new Ledger(trial);

try {
  await ledger.admin.connect();
  const setup = setupOf((await graph.next()).port);
  const web = await trial.start({ role: 'web', setup });
  const ingested = drainOnly ? await web.stop() : await ingest(web);
  const drained = await drainAll();
  print(ingested ? { ...ingested, figures: { ...ingested.figures, ...drained.figures } } : drained, json);
} finally {
  await graph.stop();
  await ledger.admin.end();
  await trial.close();
}

async function ingest(web: Child): Promise<BenchReport> {
  const ours = product(web);
  const targets = [ours, await edge(), await bare('hmac-parse'), await bare('no-op')];
  for (const target of targets) await target.warmUp();
  const rates = await takeTurns(targets, runs);
  await Promise.all(targets.map((target) => target.stop()));
  const rows = await ledger.number('select count(*) from messaging.inbox');
  if (rows !== postedTo(ours)) throw new Error(`${rows} rows, ${postedTo(ours)} answers of 200`);
  await ledger.admin.query(`truncate messaging.inbox`);

  const rateOf = (target: Target): number => median(rates.get(target.name)!);
  const [mine, theirs, bareHttp, generator] = targets.map(rateOf) as [number, number, number, number];
  return {
    name: 'webhook',
    ratio: mine / theirs,
    reference: 'the same HTTP edge with HMAC and JSON.parse, no database',
    figures: {
      requests_per_second: Math.round(mine),
      reference_per_second: Math.round(theirs),
      bare_node_http_per_second: Math.round(bareHttp),
      ratio_to_bare_node_http: mine / bareHttp,
      generator_per_second: Math.round(generator),
      generator_bound: generator < GENERATOR_HEADROOM * mine,
      p50_ms: median(ours.results.map(({ p50Ms }) => p50Ms)),
      p99_ms: median(ours.results.map(({ p99Ms }) => p99Ms)),
      each_run: ours.results.map(({ perSecond }) => Math.round(perSecond)),
      rows_equal_answers: true,
    },
    runs,
  };
}

async function drainAll(): Promise<BenchReport> {
  await ledger.fill({ first: FIRST_SENT, accepted: STATUSES + STATUSES_PER_SECOND * seconds, ready: 0 });
  const statuses = await drain(trial, ledger, { kind: 'statuses', count: STATUSES, first: FIRST_SENT });
  const messages = await drain(trial, ledger, { kind: 'messages', count: MESSAGES, first: FIRST_SENT });
  say(`${seconds} s at ${STATUSES_PER_SECOND} statuses a second, sending on …`);
  await ledger.fill({ first: 0, accepted: 0, ready: READY });
  const wait = await backlog(trial, ledger, {
    perSecond: STATUSES_PER_SECOND,
    seconds,
    first: FIRST_SENT + STATUSES,
  });
  return {
    name: 'webhook-drain',
    ratio: Math.min(statuses.perSecond / LEAST.statuses, messages.perSecond / LEAST.messages),
    reference: `what a hospital needs: ${LEAST.statuses} statuses or ${LEAST.messages} messages a second`,
    figures: {
      statuses_drained_per_second: Math.round(statuses.perSecond),
      statuses_heard_per_second: Math.round(statuses.heardPerSecond),
      messages_drained_per_second: Math.round(messages.perSecond),
      messages_heard_per_second: Math.round(messages.heardPerSecond),
      backlog: wait,
      machine: machine(),
    },
    runs: 1,
  };
}

function setupOf(graphPort: number): object {
  const account = {
    name: 'main',
    graphBaseUrl: `http://127.0.0.1:${graphPort}/v25.0`,
    businessAccountId: NUMBER.businessAccountId,
    phoneNumberId: NUMBER.id,
    accessToken: { value: 'token-of-the-bench' },
    appSecret: { value: NUMBER.secret },
    verifyToken: { value: 'verify-token-of-the-bench' },
    allowPrivateNetwork: true,
  };
  const hospital = {
    slug: 'bench',
    name: 'Bench',
    timeZone: 'Asia/Kolkata',
    country: 'IN',
    languages: ['en'],
  };
  return { organizations: [{ ...hospital, ehr: [], whatsapp: [account] }] };
}

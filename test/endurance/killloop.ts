// npm run killloop -- [--kills N] [--webhooks dead] [--seed N] [--json]: worker processes are killed one after the
// other while 5,000 messages go out, webhooks come in and patients opt out.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Child } from '../../src/sandbox/run/children.js';
import { Progress } from '../../src/sandbox/run/progress.js';
import { type Arena, happens, openArena, type Person, templatesKnown } from './support/arena.js';
import { SENDER_LEASE_MS, skipLeases } from './support/leases.js';
import { confirmationsOf, optOutCommits } from './support/opt-outs.js';
import { type Random, randomFrom } from './support/random.js';
import { keepCommitTimes } from './support/server.js';
import { judge, seen } from './support/verdict.js';

const DUE = 5_000;
/** Everybody gets five messages: less than one contact takes at once. */
const PEOPLE = 1_000;
/** One of so many kills is followed by an opt-out, in turn by the patient's own word and by staff. */
const OPT_OUT_EVERY = 3;
/** Long enough that a kill finds calls under way. */
const ANSWER_AFTER_MS = 80;
const MAX_PAUSE_MS = 1_200;

interface Options {
  kills: number;
  seed: number;
  dead: boolean;
}

/**
 * `lost` and `unnamed` count parked messages as `judge` says: with live webhooks one that never arrived is lost unless
 * it had its one resend (a second kill), with dead ones it rests. `parked` tells how many there are, arrived or not; it
 * is no fault. An opt-out that was never stored is lost, and a second confirmation of one is doubled.
 */
interface Counts {
  kills: number;
  doubled: number;
  lost: number;
  after_opt_out: number;
  unnamed: number;
  parked: number;
}

/** What was handed in: messages by key, and who opted out. */
interface HandedIn {
  owners: Map<string, Person>;
  leavers: Set<Person>;
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    webhooks: { type: 'string', default: 'live' },
    json: { type: 'boolean', default: false },
  },
});
const options: Options = {
  kills: Number(values.kills),
  seed: Number(values.seed),
  dead: values.webhooks === 'dead',
};
if (!(Number.isSafeInteger(options.kills) && options.kills > 0 && Number.isSafeInteger(options.seed))) {
  process.stderr.write('killloop --kills N [--webhooks live|dead] [--seed N] [--json]\n');
  process.exit(2);
}
const progress = new Progress();
const counts = await killLoop(options);
if (values.json) process.stdout.write(`${JSON.stringify(counts)}\n`);
else for (const [name, count] of Object.entries(counts)) process.stdout.write(`${name} ${count}\n`);
const { doubled, lost, after_opt_out: late, unnamed } = counts;
process.exit(doubled + lost + late + unnamed === 0 ? 0 : 1);

async function killLoop({ kills, seed, dead }: Options): Promise<Counts> {
  const random = randomFrom(seed);
  const arena = await openArena({ name: 'killloop', seed, people: PEOPLE });
  try {
    await keepCommitTimes(arena);
    const web = await arena.start({ role: 'web' });
    const workers = [await worker(arena), await worker(arena)];
    await templatesKnown(arena);
    await arena.whatsapp.answersAfter(ANSWER_AFTER_MS);
    if (dead) await arena.whatsapp.muteStatuses();
    const handedIn = await rounds(arena, workers, { kills, random });
    await arena.whatsapp.answersAfter(0);
    progress.say('killed; now what is unknown is settled');
    await comeBack(arena, handedIn);
    const counts = await count(arena, handedIn, { kills, dead });
    await Promise.all([web, ...workers].map((child) => child.stop()));
    return counts;
  } finally {
    await arena.close();
  }
}

function worker(arena: Arena): Promise<Child> {
  return arena.start({ role: 'worker', port: 0 });
}

/** Each round hands in its share of the messages, and kills one of the two workers somewhere in the middle. */
async function rounds(
  arena: Arena,
  workers: Child[],
  { kills, random }: { kills: number; random: Random },
): Promise<HandedIn> {
  const owners = new Map<string, Person>();
  const leavers = new Set<Person>();
  progress.begin('killloop', `${kills} kills over ${DUE} messages`);
  for (let kill = 0; kill < kills; kill++) {
    progress.advance(kill, kills);
    for (let n = Math.floor((DUE * kill) / kills); n < Math.floor((DUE * (kill + 1)) / kills); n++) {
      const person = arena.people[n % PEOPLE]!;
      await arena.send(person, `message-${n}`);
      owners.set(`message-${n}`, person);
    }
    if (kill % OPT_OUT_EVERY === 0) {
      const leaver = arena.people[(leavers.size * 7) % PEOPLE]!;
      await optOut(arena, leaver, kill);
      leavers.add(leaver);
    }
    await sleep(random.below(MAX_PAUSE_MS));
    const at = kill % workers.length;
    workers[at]!.signal('SIGKILL');
    await workers[at]!.ended;
    workers[at] = await worker(arena);
  }
  progress.end(true, 'killloop', `${kills} kills`);
  return { owners, leavers };
}

function optOut(arena: Arena, person: Person, n: number): Promise<void> {
  return n % 2 === 0 ? arena.whatsapp.say(person.waId, 'STOP') : arena.withdraw(person);
}

/** Leases end; what has no answer is settled by its statuses, by a witness, or parked. */
async function comeBack(arena: Arena, { leavers }: HandedIn): Promise<void> {
  await skipLeases(arena, SENDER_LEASE_MS);
  // Before the clocks leap: a commit is compared with the stand-in's time.
  await happens(async () => (await optOutCommits(arena)).size >= leavers.size, 60_000);
  await happens(() => isSettled(arena, "'ready', 'claimed', 'sending'"), 120_000);
  await arena.whatsapp.idle();
  await arena.advance('PT2M');
  await arena.send(arena.people.at(-1)!, 'witness');
  await happens(() => isSettled(arena, "'ready', 'claimed', 'sending'"), 30_000);
  await arena.whatsapp.idle();
  // The grace of what is unknown, twice: what a witness sent again has one of its own.
  for (let n = 0; n < 2; n++) {
    await arena.advance('PT11M');
    await happens(() => isSettled(arena, "'ready', 'claimed', 'sending', 'unknown'"), 30_000);
    await arena.whatsapp.idle();
  }
}

async function isSettled(arena: Arena, states: string): Promise<boolean> {
  const rows = await arena.sql(`select 1 from messaging.message where state in (${states}) limit 1`);
  return rows.length === 0;
}

async function count(
  arena: Arena,
  { owners, leavers }: HandedIn,
  { kills, dead }: { kills: number; dead: boolean },
): Promise<Counts> {
  const endings = await optOutCommits(arena);
  const verdict = await judge(arena, owners, { optedOut: leavers, witnessed: !dead });
  const confirmations = await confirmationsOf(arena);
  const doubled = [...verdict.doubled, ...confirmations.tooMany];
  const ignored = [...leavers].filter(({ addressId }) => !endings.has(addressId));
  const lost = [...verdict.lost, ...ignored.map(({ addressId }) => addressId)];
  const late = await begunLate(arena, endings);
  const unnamed = [...verdict.unnamed, ...confirmations.unnamed];
  const lines = [
    ...seen('messages or confirmations arrived twice', doubled),
    ...seen('messages or opt-outs are lost', lost),
    ...seen('messages began after an opt-out', late),
    ...seen('messages or confirmations are in no named end, or parked and not shown', unnamed),
  ];
  for (const line of lines) progress.say(`- ${line}`);
  progress.say(
    `${endings.size} opted out, which stopped ${verdict.stopped.length} messages; ${confirmations.arrived} were ` +
      `confirmed; ${verdict.parked.length} messages are parked (seed ${options.seed})`,
  );
  if (verdict.stopped.length === 0) throw new Error('no opt-out stopped anything, so nothing was proven');
  if (dead && verdict.parked.length === 0)
    throw new Error('no kill left a call unanswered: nothing was proven');
  return {
    kills,
    doubled: doubled.length,
    lost: lost.length,
    after_opt_out: late.length,
    unnamed: unnamed.length,
    parked: verdict.parked.length,
  };
}

/**
 * After an opt-out's commit, by the clock of the machine that all of them share, none of its messages begins. The one
 * confirmation is a text, and counted apart.
 */
async function begunLate(arena: Arena, endings: ReadonlyMap<string, number>): Promise<string[]> {
  const { people, whatsapp } = arena;
  const byNumber = new Map(people.map(({ waId, addressId }) => [waId, addressId]));
  return (await whatsapp.accepted())
    .filter(({ to, type, began_at: began }) => {
      const at = endings.get(byNumber.get(to) ?? '');
      return type === 'template' && at !== undefined && Date.parse(began) - whatsapp.aheadMs > at;
    })
    .map(({ parameters }) => parameters.at(-1)!);
}

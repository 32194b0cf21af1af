// npm run killloop -- [--kills N] [--webhooks dead] [--seed N] [--json]: worker processes are killed one after the
// other while 5,000 messages go out, webhooks come in and patients opt out.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Child } from '../../src/sandbox/run/children.js';
import { Progress } from '../../src/sandbox/run/progress.js';
import { type Arena, happens, openArena, type Person, templatesKnown } from './support/arena.js';
import { SENDER_LEASE_MS, skipLeases } from './support/leases.js';
import { type Random, randomFrom } from './support/random.js';
import { judge, seen, type Verdict } from './support/verdict.js';

const DUE = 5_000;
/** Everybody gets five messages: less than one contact takes at once. */
const PEOPLE = 1_000;
/** One of so many kills is followed by an opt-out, in turn by the patient's own word and by staff. */
const OPT_OUT_EVERY = 3;
/** Long enough that a kill finds calls under way. */
const ANSWER_AFTER_MS = 80;
/** What a killed process had handed to the network may be read by the stand-in this much later. */
const IN_FLIGHT_MS = 500;
const MAX_PAUSE_MS = 1_200;

interface Options {
  kills: number;
  seed: number;
  dead: boolean;
}

interface Counts {
  kills: number;
  doubled: number;
  lost: number;
  after_opt_out: number;
  unnamed: number;
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
const { kills: _, ...bad } = counts;
process.exit(Object.values(bad).every((count) => count === 0) ? 0 : 1);

async function killLoop({ kills, seed, dead }: Options): Promise<Counts> {
  const random = randomFrom(seed);
  const arena = await openArena({ name: 'killloop', seed, people: PEOPLE });
  try {
    const web = await arena.start({ role: 'web' });
    const workers = [await worker(arena), await worker(arena)];
    await templatesKnown(arena);
    await arena.whatsapp.answersAfter(ANSWER_AFTER_MS);
    if (dead) await arena.whatsapp.muteStatuses();
    const owners = await rounds(arena, workers, { kills, random });
    await arena.whatsapp.answersAfter(0);
    progress.say('killed; now what is unknown is settled');
    await comeBack(arena);
    const counts = await count(arena, owners, kills);
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
): Promise<Map<string, Person>> {
  const owners = new Map<string, Person>();
  let leaver = 0;
  progress.begin('killloop', `${kills} kills over ${DUE} messages`);
  for (let kill = 0; kill < kills; kill++) {
    progress.advance(kill, kills);
    for (let n = Math.floor((DUE * kill) / kills); n < Math.floor((DUE * (kill + 1)) / kills); n++) {
      const person = arena.people[n % PEOPLE]!;
      await arena.send(person, `message-${n}`);
      owners.set(`message-${n}`, person);
    }
    if (kill % OPT_OUT_EVERY === 0) await optOut(arena, arena.people[(leaver++ * 7) % PEOPLE]!, kill);
    await sleep(random.below(MAX_PAUSE_MS));
    const at = kill % workers.length;
    workers[at]!.signal('SIGKILL');
    await workers[at]!.ended;
    workers[at] = await worker(arena);
  }
  progress.end(true, 'killloop', `${kills} kills`);
  return owners;
}

function optOut(arena: Arena, person: Person, n: number): Promise<void> {
  return n % 2 === 0 ? arena.whatsapp.say(person.waId, 'STOP') : arena.withdraw(person);
}

/** Leases end; what has no answer is settled by its statuses, by a witness, or parked. */
async function comeBack(arena: Arena): Promise<void> {
  await skipLeases(arena, SENDER_LEASE_MS);
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

async function count(arena: Arena, owners: ReadonlyMap<string, Person>, kills: number): Promise<Counts> {
  const ended = await arena.sql<{ address: string; at: Date }>(
    'select address_id as address, min(recorded_at) as at from consent.withdrawal group by 1',
  );
  const endings = new Map(ended.map(({ address, at }) => [address, at.getTime()]));
  const optedOut = new Set(arena.people.filter(({ addressId }) => endings.has(addressId)));
  const verdict = await judge(arena, owners, optedOut);
  const late = await begunLate(arena, endings);
  tell(verdict, late, optedOut.size);
  return {
    kills,
    doubled: verdict.doubled.length,
    lost: verdict.lost.length,
    after_opt_out: late.length,
    unnamed: verdict.unnamed.length,
  };
}

/** `recorded_at` is taken under the closed fence: whatever began after it began too late. */
async function begunLate(arena: Arena, endings: ReadonlyMap<string, number>): Promise<string[]> {
  const { people, whatsapp } = arena;
  const byNumber = new Map(people.map(({ waId, addressId }) => [waId, addressId]));
  return (await whatsapp.accepted())
    .filter(({ to, type, began_at: began }) => {
      const at = endings.get(byNumber.get(to) ?? '');
      // The one confirmation of an opt-out is a text.
      return (
        type === 'template' && at !== undefined && Date.parse(began) - whatsapp.aheadMs > at + IN_FLIGHT_MS
      );
    })
    .map(({ parameters }) => parameters.at(-1)!);
}

function tell({ doubled, lost, unnamed, parked }: Verdict, late: string[], optedOut: number): void {
  const lines = [
    ...seen('messages arrived twice', doubled),
    ...seen('messages are lost', lost),
    ...seen('messages began after an opt-out', late),
    ...seen('messages are in no named end', unnamed),
  ];
  for (const line of lines) progress.say(`- ${line}`);
  progress.say(
    `${optedOut} opted out; ${parked.length} messages are parked and shown (seed ${options.seed})`,
  );
}

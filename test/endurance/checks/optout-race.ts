import { setTimeout as sleep } from 'node:timers/promises';
import { type Arena, happens, inParallel, openArena, type Person, templatesKnown } from '../support/arena.js';
import { type Random, randomFrom } from '../support/random.js';
import { keepCommitTimes } from '../support/server.js';
import type { Arrived } from '../support/stand-ins.js';
import { confirmationsOf, optOutCommits, wordsOn } from '../support/opt-outs.js';
import { makeUpVisit } from '../support/people.js';
import { seen } from '../support/verdict.js';

export interface OptOutRaceOptions {
  seed: number;
  /** Messages under way when opt-outs come, and as many visits when cancels come. */
  sends: number;
  /** Another build, relative to dist/src. */
  script?: string;
}

/** Messages to each person: one contact takes ten at once. */
const EACH = 5;
/** After so many of them somebody leaves; the others come while the opt-out is on its way. */
const BEFORE_LEAVING = 2;
const BETWEEN_MS = 400;
const LEAVING_AT_ONCE = 4;
/** Of those under way, so many are stopped. */
const STOPPED = 0.3;
/** Every call is under way this long: what begins too late is plain to see. */
const ANSWER_AFTER_MS = 60;
const ALL_WITHIN_MS = 180_000;
/** Between the last look and the moment when WhatsApp has the request: whatever is stopped in it is stopped too late. */
const WAY_MS = 150;

/** When what stops a send was committed, as the database tells it, by the key of what was stopped. */
type Commits = Map<string, number>;

interface Race {
  words: string;
  /** How many messages each stop is about. */
  each: number;
  /** Ends when all that was asked for is stored and nothing waits to be sent. Returns how many stops were asked for. */
  run(arena: Arena, random: Random, sends: number): Promise<number>;
  commits(arena: Arena): Promise<Commits>;
  /** The key under which a message that arrived may have been stopped; null for what may always go. */
  keyOf(arena: Arena, message: Arrived): string | null;
}

/**
 * Opt-outs, then cancels in the EHR, against sends under way. Returns each send that began after its stop's commit, and
 * what the race did not do although it was meant to: a race that nobody ran is not won.
 */
export async function optOutRace(options: OptOutRaceOptions): Promise<string[]> {
  const broken: string[] = [];
  for (const race of [OPT_OUTS, CANCELS]) broken.push(...(await runRace(race, options)));
  return broken;
}

/** What is said of sends that began too late. */
export function lateWords(stop: string): string {
  return `sends began after ${stop} had committed`;
}

async function runRace(race: Race, { seed, sends, script }: OptOutRaceOptions): Promise<string[]> {
  const isVisits = race === CANCELS;
  const arena = await openArena({
    name: 'optout-race',
    seed,
    people: isVisits ? sends : Math.ceil(sends / EACH),
    wayMs: WAY_MS,
    ...(isVisits && { reminders: [{ key: 'one-day', before: 'P1D', template: 'appointment_reminder' }] }),
  });
  try {
    await keepCommitTimes(arena);
    await slowBeginnings(arena);
    const children = [await arena.start({ script }), await arena.start({ script, role: 'worker', port: 0 })];
    await templatesKnown(arena);
    await arena.whatsapp.answersAfter(ANSWER_AFTER_MS);
    const asked = await race.run(arena, randomFrom(seed), sends);
    await arena.whatsapp.answersAfter(0);
    const broken = await judgeRace(race, arena, { asked, sends });
    await Promise.all(children.map((child) => child.stop()));
    return broken;
  } finally {
    await arena.close();
  }
}

async function judgeRace(
  race: Race,
  arena: Arena,
  { asked, sends }: { asked: number; sends: number },
): Promise<string[]> {
  const { whatsapp } = arena;
  const commits = await race.commits(arena);
  const raced = (await whatsapp.accepted()).flatMap((message) => {
    const key = race.keyOf(arena, message);
    return key === null ? [] : [{ committed: commits.get(key), at: message.began_at }];
  });
  const late = raced.filter(
    ({ committed, at }) => committed !== undefined && Date.parse(at) - whatsapp.aheadMs > committed,
  );
  const free = raced.filter(({ committed }) => committed === undefined).length;
  const stopped = asked * race.each - (raced.length - free);
  process.stderr.write(
    `${race.words}: ${commits.size} of ${asked} stored; of ${sends} messages ${raced.length} began, ${stopped} were stopped\n`,
  );
  return [
    ...seen(
      lateWords(race.words),
      late.map(({ at }) => at),
    ),
    ...(commits.size === asked ? [] : [`${race.words}: ${commits.size} of ${asked} were stored`]),
    ...(free === sends - asked * race.each
      ? []
      : [`${race.words}: ${free} of those that nobody stopped began`]),
    ...(stopped > 0 ? [] : [`${race.words}: it stopped no message, so nothing was proven`]),
    ...(race === OPT_OUTS ? wordsOn(await confirmationsOf(arena)) : []),
  ];
}

/** Between the look at the consent and the call lies half a blink; here it is long enough to be hit. */
async function slowBeginnings(arena: Arena): Promise<void> {
  await arena.sql(
    `create function messaging.endurance_slow() returns trigger language plpgsql
         as 'begin perform pg_sleep(0.25); return null; end'`,
  );
  await arena.sql(
    `create trigger endurance_slow before insert on messaging.attempt
        for each statement execute function messaging.endurance_slow()`,
  );
}

const OPT_OUTS: Race = {
  words: 'an opt-out',
  each: EACH,
  run: async (arena, random, sends) => {
    const leaving = shuffled(arena.people, random).slice(0, Math.ceil(arena.people.length * STOPPED));
    const staying = arena.people.filter((person) => !leaving.includes(person));
    const backlog = async (): Promise<void> => {
      for (let n = 0; n < sends - leaving.length * EACH; n++)
        await arena.send(staying[n % staying.length]!, `message-${n}`);
    };
    await Promise.all([
      backlog(),
      inParallel(LEAVING_AT_ONCE, leaving.length, (n) => leave(arena, { n, person: leaving[n]! }, random)),
    ]);
    await happens(async () => (await optOutCommits(arena)).size >= leaving.length, ALL_WITHIN_MS);
    await happens(async () => (await confirmationsOf(arena)).arrived > 0, ALL_WITHIN_MS);
    await quiet(arena);
    return leaving.length;
  },
  commits: optOutCommits,
  // The one confirmation of an opt-out is a text; only templates are raced.
  keyOf: ({ people }, { to, type }) =>
    type === 'template' ? (people.find(({ waId }) => waId === to)?.addressId ?? null) : null,
};

/** By the patient's own word or by staff, in the middle of the person's own messages. */
async function leave(
  arena: Arena,
  { n, person }: { n: number; person: Person },
  random: Random,
): Promise<void> {
  let leaving: Promise<void> | undefined;
  for (let k = 0; k < EACH; k++) {
    if (k === BEFORE_LEAVING)
      leaving = n % 2 === 0 ? arena.whatsapp.say(person.waId, 'STOP') : arena.withdraw(person);
    await arena.send(person, `leaver-${n}-${k}`);
    await sleep(random.below(BETWEEN_MS));
  }
  await leaving;
}

const CANCELS: Race = {
  words: 'a cancel',
  each: 1,
  run: async (arena, random, sends) => {
    await keepCancels(arena);
    for (let n = 0; n < sends; n++) await arena.ehr.put(makeUpVisit(arena.people[n]!.reference, n, -1));
    const chosen = shuffled([...Array(sends).keys()], random).slice(0, Math.ceil(sends * STOPPED));
    await happens(() => isHandedOver(arena), ALL_WITHIN_MS);
    const [connection] = await arena.product.all<{ id: string }>('/v1/ehr-connections');
    for (const [n, visit] of chosen.entries()) {
      await arena.ehr.cancel(`endurance-${visit}`);
      // In batches, as a sweep finds them.
      if (n % 10 === 9) await arena.product.post(`/v1/ehr-connections/${connection!.id}/sync`);
    }
    await arena.product.post(`/v1/ehr-connections/${connection!.id}/sync`);
    await happens(async () => (await cancelCommits(arena)).size >= chosen.length, ALL_WITHIN_MS);
    // Reminders of visits that nobody cancelled may not even be handed over yet.
    await happens(
      async () => (await arena.whatsapp.accepted()).length >= sends - chosen.length,
      ALL_WITHIN_MS,
    );
    await quiet(arena);
    return chosen.length;
  },
  commits: cancelCommits,
  keyOf: ({ people }, { to }) => people.find(({ waId }) => waId === to)?.reference ?? null,
};

async function isHandedOver(arena: Arena): Promise<boolean> {
  return (await arena.sql('select 1 from messaging.message limit 1')).length > 0;
}

/** One row for each visit, made in the very transaction that stores its cancel and never changed: its xmin is that one. */
async function keepCancels(arena: Arena): Promise<void> {
  await arena.sql('create table public.endurance_cancel (patient text primary key)');
  await arena.sql(
    `create function public.endurance_cancelled() returns trigger language plpgsql security definer as $$
       begin
         insert into public.endurance_cancel values (new.patient_reference) on conflict do nothing;
         return null;
       end $$`,
  );
  await arena.sql(
    `create trigger endurance_cancelled after insert or update on scheduling.appointment
        for each row when (new.status = 'cancelled') execute function public.endurance_cancelled()`,
  );
}

async function cancelCommits(arena: Arena): Promise<Commits> {
  const rows = await arena.sql<{ patient: string; at: Date }>(
    'select patient, pg_xact_commit_timestamp(xmin) as at from public.endurance_cancel',
  );
  return new Map(rows.map(({ patient, at }) => [patient, at.getTime()]));
}

/** Nothing waits to be sent any more. */
async function quiet(arena: Arena): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const [row] = await arena.sql<{ open: number }>(
      `select count(*)::int as open from messaging.message where state in ('ready', 'claimed', 'sending')`,
    );
    return row!.open === 0;
  };
  if (!(await happens(isQuiet, ALL_WITHIN_MS))) throw new Error('messages still wait after three minutes');
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

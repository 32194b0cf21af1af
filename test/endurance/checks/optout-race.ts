import { setTimeout as sleep } from 'node:timers/promises';
import { type Arena, happens, openArena, templatesKnown } from '../support/arena.js';
import { type Random, randomFrom } from '../support/random.js';
import { restartServer } from '../support/server.js';
import type { Arrived } from '../support/stand-ins.js';
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
/** Of those under way, so many are stopped. */
const STOPPED = 0.3;
/** Every call is under way this long: what begins too late is plain to see. */
const ANSWER_AFTER_MS = 60;
const ALL_WITHIN_MS = 180_000;

/** When what stops a send was committed, as the database tells it, by the key of what was stopped. */
type Commits = Map<string, number>;

interface Race {
  words: string;
  run(arena: Arena, random: Random, sends: number): Promise<Commits>;
  /** The key under which a message that arrived may have been stopped; null for what may always go. */
  keyOf(arena: Arena, message: Arrived): string | null;
}

/** Opt-outs, then cancels in the EHR, against sends under way. Returns each send that began after its stop's commit. */
export async function optOutRace(options: OptOutRaceOptions): Promise<string[]> {
  const broken: string[] = [];
  for (const race of [OPT_OUTS, CANCELS]) broken.push(...(await runRace(race, options)));
  return broken;
}

async function runRace(race: Race, { seed, sends, script }: OptOutRaceOptions): Promise<string[]> {
  const isVisits = race === CANCELS;
  const arena = await openArena({
    name: 'optout-race',
    seed,
    people: isVisits ? sends : Math.ceil(sends / EACH),
    ...(isVisits && { reminders: [{ key: 'one-day', before: 'P1D', template: 'appointment_reminder' }] }),
  });
  try {
    await arena.sql('alter system set track_commit_timestamp = on');
    await restartServer(arena);
    await happens(() => answers(arena), 30_000);
    await slowBeginnings(arena);
    const children = [await arena.start({ script }), await arena.start({ script, role: 'worker', port: 0 })];
    await templatesKnown(arena);
    await arena.whatsapp.answersAfter(ANSWER_AFTER_MS);
    const commits = await race.run(arena, randomFrom(seed), sends);
    const { whatsapp } = arena;
    await whatsapp.answersAfter(0);
    const late = (await whatsapp.accepted()).filter((message) => {
      const committed = commits.get(race.keyOf(arena, message) ?? '');
      return committed !== undefined && Date.parse(message.began_at) - whatsapp.aheadMs > committed;
    });
    process.stderr.write(`${race.words}: ${commits.size} stopped in the middle of ${sends}\n`);
    await Promise.all(children.map((child) => child.stop()));
    return [
      ...seen(
        `sends began after ${race.words} had committed`,
        late.map(({ began_at: at }) => at),
      ),
      ...(commits.size > 0 ? [] : [`${race.words}: nothing was stopped, so nothing was proven`]),
    ];
  } finally {
    await arena.close();
  }
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

const answers = (arena: Arena): Promise<boolean> =>
  arena.sql('select 1').then(
    () => true,
    () => false,
  );

const OPT_OUTS: Race = {
  words: 'an opt-out',
  run: async (arena, random, sends) => {
    // Mixed, so that everybody still waits for messages when they opt out.
    for (let n = 0; n < sends; n++) await arena.send(arena.people[n % arena.people.length]!, `message-${n}`);
    const leaving = shuffled(arena.people, random).slice(0, Math.ceil(arena.people.length * STOPPED));
    for (const [n, person] of leaving.entries()) {
      if (n % 2 === 0) await arena.whatsapp.say(person.waId, 'STOP');
      else void arena.withdraw(person).catch(() => undefined);
      await sleep(random.below(2 * (sends / 60 / leaving.length) * 1_000));
    }
    await quiet(arena);
    const rows = await arena.sql<{ address: string; at: Date }>(
      `select address_id as address, min(pg_xact_commit_timestamp(xmin)) as at from consent.withdrawal group by 1`,
    );
    return new Map(rows.map(({ address, at }) => [address, at.getTime()]));
  },
  // The one confirmation of an opt-out is a text; only templates are raced.
  keyOf: ({ people }, { to, type }) =>
    type === 'template' ? (people.find(({ waId }) => waId === to)?.addressId ?? null) : null,
};

const CANCELS: Race = {
  words: 'a cancel',
  run: async (arena, random, sends) => {
    for (let n = 0; n < sends; n++) await arena.ehr.put(makeUpVisit(arena.people[n]!.reference, n, -1));
    const commits: Commits = new Map();
    let going = true;
    const watching = watchCancels(arena, commits, () => going);
    const chosen = shuffled([...Array(sends).keys()], random).slice(0, Math.ceil(sends * STOPPED));
    await happens(async () => (await arena.whatsapp.accepted()).length > 0, ALL_WITHIN_MS);
    const [connection] = await arena.product.all<{ id: string }>('/v1/ehr-connections');
    for (const [n, visit] of chosen.entries()) {
      await arena.ehr.cancel(`endurance-${visit}`);
      // In batches, as a sweep finds them.
      if (n % 10 === 9) await arena.product.post(`/v1/ehr-connections/${connection!.id}/sync`);
    }
    await arena.product.post(`/v1/ehr-connections/${connection!.id}/sync`);
    await quiet(arena);
    going = false;
    await watching;
    return commits;
  },
  keyOf: ({ people }, { to }) => people.find(({ waId }) => waId === to)?.reference ?? null,
};

/** The commit that stores a visit's cancel: later changes of the row would hide it. */
async function watchCancels(arena: Arena, commits: Commits, isGoing: () => boolean): Promise<void> {
  while (isGoing()) {
    const rows = await arena.sql<{ patient: string; at: Date }>(
      `select patient_reference as patient, pg_xact_commit_timestamp(xmin) as at from scheduling.appointment
        where status = 'cancelled'`,
    );
    for (const { patient, at } of rows) if (!commits.has(patient)) commits.set(patient, at.getTime());
    await sleep(25);
  }
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

import { FAILPOINTS, type FailpointName } from '../../../src/platform/failpoint/failpoint.js';
import { publicId } from '../../../src/platform/ids/ids.js';
import type { Child } from '../../../src/sandbox/run/children.js';
import { type Arena, happens, openArena, type Person, templatesKnown } from '../support/arena.js';
import { EVERY_LEASE_MS, skipLeases } from '../support/leases.js';
import { lastWords } from '../support/said.js';
import { judge, seen } from '../support/verdict.js';
import { bringWitness } from '../support/witness.js';

export interface CrashPointsOptions {
  seed: number;
  points?: readonly FailpointName[];
  /** Another build, relative to dist/src. */
  script?: string;
  /** Whether the leases of the dead (five minutes at most) are waited for, or ended by hand. */
  waits: boolean;
}

const DEATH_WITHIN_MS = 30_000;
const WORD = 'May I eat before my visit?';

/** Somebody to whom a message, or from whom a word, was under way when the process died. */
interface Story {
  point: FailpointName;
  person: Person;
}

/**
 * At each point a process of the product dies by SIGKILL, with one message, word or summary of somebody's own under
 * way there; the next start goes on with it. Returns what the stand-ins' histories say against it, in words.
 */
export async function crashPoints(options: CrashPointsOptions): Promise<string[]> {
  const points = options.points ?? FAILPOINTS;
  const arena = await openArena({ name: 'crash-points', seed: options.seed, people: points.length + 1 });
  try {
    const stories = points.map((point, n) => ({ point, person: arena.people[n]! }));
    await talkBefore(arena, stories, options);
    const broken: string[] = [];
    for (const story of stories) broken.push(...(await die(arena, story, options)));
    const child = await arena.start({ script: options.script });
    await comeBack(arena, options);
    broken.push(...(await judgeStories(arena, stories)));
    await child.stop();
    return broken;
  } finally {
    await arena.close();
  }
}

const isSend = ({ point }: Story): boolean => point.startsWith('send.');
const isInbound = ({ point }: Story): boolean => point.startsWith('inbox.');

/** Conversations whose summaries will be under way. */
async function talkBefore(
  arena: Arena,
  stories: readonly Story[],
  { script }: CrashPointsOptions,
): Promise<void> {
  const child = await arena.start({ script });
  await templatesKnown(arena);
  for (const story of stories.filter((one) => !isSend(one) && !isInbound(one))) {
    await arena.whatsapp.say(story.person.waId, WORD);
    const came = await happens(async () => (await openConversation(arena, story.person)) !== null, 30_000);
    if (!came) throw new Error('no conversation began');
  }
  await child.stop();
}

async function openConversation(arena: Arena, { addressId }: Person): Promise<string | null> {
  const open = await arena.product.all<{ id: string; address: string }>('/v1/conversations?state=open');
  return open.find(({ address }) => address === publicId('adr', addressId))?.id ?? null;
}

async function die(arena: Arena, story: Story, { script }: CrashPointsOptions): Promise<string[]> {
  const child = await startArmed(arena, story.point, script);
  // What an earlier death left behind may reach the point while this one starts.
  if (child === null) return [`${story.point}: the process died before its own story began`];
  await act(arena, story, child);
  const died = await happens(() => isOver(child), DEATH_WITHIN_MS);
  if (died && (await child.ended) === null) return [];
  await child.stop();
  return [`${story.point}: the process did not die there by SIGKILL\n${lastWords(child)}`];
}

async function startArmed(arena: Arena, point: FailpointName, script?: string): Promise<Child | null> {
  try {
    return await arena.start({ script, env: { SANDBOX_FAILPOINT: point } });
  } catch (error) {
    if (String((error as Error).cause).includes('ended with null')) return null;
    throw error;
  }
}

async function act(arena: Arena, story: Story, child: Child): Promise<void> {
  const { person } = story;
  if (isSend(story)) return arena.send(person, story.point);
  if (isInbound(story)) return arena.whatsapp.say(person.waId, WORD);
  const id = (await openConversation(arena, person))!;
  // The answer is lost with the process.
  await Promise.race([
    arena.product.post(`/v1/conversations/${id}/close`).catch(() => undefined),
    child.ended,
  ]);
}

const isOver = (child: Child): Promise<boolean> =>
  Promise.race([
    child.ended.then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
  ]);

/** Leases end, what is unknown is settled by its statuses or by a witness, and open conversations close. */
async function comeBack(arena: Arena, { waits }: CrashPointsOptions): Promise<void> {
  await skipLeases(arena, waits ? EVERY_LEASE_MS : 'by-hand');
  await bringWitness(arena);
  for (const { id } of await arena.product.all<{ id: string }>('/v1/conversations?state=open'))
    await arena.product.post(`/v1/conversations/${id}/close`);
  await arena.advance('PT10M');
}

async function judgeStories(arena: Arena, stories: readonly Story[]): Promise<string[]> {
  const owners = new Map(stories.filter(isSend).map(({ point, person }) => [point as string, person]));
  const { doubled, lost, unnamed, parked } = await judge(arena, owners);
  const talks = stories.filter((one) => !isSend(one));
  const copies = await copiesOf(arena, talks);
  return [
    ...seen('reached the patient twice', doubled),
    ...seen('never reached the patient', lost),
    ...seen('were parked', parked),
    ...seen('ended in no named state', unnamed),
    ...talks.flatMap(({ point, person }) => {
      const count = copies.get(person.reference) ?? 0;
      return count === 1 ? [] : [`${point}: ${count} Communications in the EHR instead of one`];
    }),
    ...(await wordsTwice(arena, talks)),
    ...((await arena.whatsapp.undelivered()) > 0 ? ['a webhook was never taken'] : []),
  ];
}

/** What is on its way to the EHR may still be doubled there. */
async function allWritten(arena: Arena, count: number): Promise<boolean> {
  const summaries = await arena.product.all<{ state: string }>('/v1/summaries');
  return summaries.length >= count && summaries.every(({ state }) => state === 'written');
}

async function copiesOf(arena: Arena, talks: readonly Story[]): Promise<Map<string, number>> {
  if (talks.length > 0) await happens(() => allWritten(arena, talks.length), 60_000);
  const copies = new Map<string, number>();
  for (const { subject } of await arena.ehr.communications()) {
    const reference = subject?.reference ?? '';
    copies.set(reference, (copies.get(reference) ?? 0) + 1);
  }
  return copies;
}

/** The patient said it once: it stands once in the conversation. */
async function wordsTwice(arena: Arena, talks: readonly Story[]): Promise<string[]> {
  const all = await arena.product.all<{ id: string; address: string }>('/v1/conversations');
  const broken: string[] = [];
  for (const { point, person } of talks) {
    const theirs = all.filter(({ address }) => address === publicId('adr', person.addressId));
    let times = 0;
    for (const { id } of theirs) {
      const texts = await arena.product.all<{ text: string | null }>(`/v1/conversations/${id}/messages`);
      times += texts.filter(({ text }) => text === WORD).length;
    }
    if (times !== 1) broken.push(`${point}: a word that was said once is shown ${times} times`);
  }
  return broken;
}

import { ehrCommunications } from './records.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';

export interface ProductSummary {
  id: string;
  conversation: string;
  state: string;
  communication: string | null;
}

/** Idle threads close by themselves after a day. */
const STRIDE = 'PT13H';
const STRIDES = 2;

export const summariesOf = (hospital: Hospital): Promise<ProductSummary[]> =>
  hospital.product.all<ProductSummary>('/v1/summaries');

/**
 * Every closed conversation is exactly one Communication in the EHR, and nothing of it can be read there; where the EHR
 * takes none, each is kept here.
 */
export async function summarise(story: Story): Promise<Figures> {
  await story.pass(STRIDE, STRIDES);
  const figures: Figures = {};
  for (const hospital of story.hospitals) figures[hospital.slug] = await countWriteBacks(story, hospital);
  return figures;
}

async function countWriteBacks(story: Story, hospital: Hospital): Promise<Figures> {
  const conversations = await hospital.product.all<{ id: string; state: string }>('/v1/conversations');
  const closed = conversations.filter(({ state }) => state === 'closed');
  const none = hospital.can.summary_carrier === 'F';
  const ended = (await summariesOf(hospital)).filter(({ state }) => state === (none ? 'kept' : 'written'));
  const communications = await ehrCommunications(story, hospital);
  const identifiers = new Set(
    communications.flatMap(({ identifier }) => identifier?.map(({ value }) => value) ?? []),
  );
  const readable = hospital.told
    .flatMap(({ words }) => words)
    .filter((words) => occursIn(communications, words));
  const figures = {
    conversations: conversations.length,
    closed: closed.length,
    [none ? 'kept' : 'written']: ended.length,
    communications: communications.length,
    identifiers: identifiers.size,
    readable: readable.length,
  };
  const wanted = none ? 0 : closed.length;
  const whole =
    ended.length === closed.length && communications.length === wanted && identifiers.size === wanted;
  if (closed.length === 0 || !whole) {
    throw new NotHeld(`${hospital.slug}: conversations and Communications do not match`, figures);
  }
  if (readable.length > 0)
    throw new NotHeld(`${hospital.slug}: words of a patient stand open in the EHR`, figures);
  return figures;
}

function occursIn(resources: unknown, words: string): boolean {
  return JSON.stringify(resources).includes(JSON.stringify(words).slice(1, -1));
}

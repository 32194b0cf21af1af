import { HttpFailure } from '../run/http.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';
import { type ProductSummary, summariesOf } from './step-summarise.js';

/**
 * Who has the right opens the EHR's own copy, or ours where the EHR keeps none, and reads what was said; nobody else
 * does, and each try leaves a trace.
 */
export async function read(story: Story): Promise<Figures> {
  const figures: Figures = {};
  for (const [index, hospital] of story.hospitals.entries()) {
    const other = story.hospitals[(index + 1) % story.hospitals.length]!;
    figures[hospital.slug] = await openAll(hospital, other);
  }
  return figures;
}

async function openAll(hospital: Hospital, other: Hospital): Promise<Figures> {
  const summaries = await summariesOf(hospital);
  const before = await opened(hospital);
  for (const told of hospital.told) {
    const summary = summaries.find(({ conversation }) => conversation === told.conversation);
    if (!summary) throw new NotHeld(`${hospital.slug}: a conversation has no summary`);
    await expectWords(hospital, summary, told.words);
  }
  const refusals = await expectRefusals(hospital, other, summaries[0]!);
  const traces = (await opened(hospital)) - before;
  const figures = {
    ...{ opened: hospital.told.length, copy: copyOf(hospital), audit_events: traces },
    ...refusals,
  };
  if (traces < hospital.told.length) throw new NotHeld(`${hospital.slug}: an opening left no trace`, figures);
  return figures;
}

async function expectWords(hospital: Hospital, summary: ProductSummary, words: string[]): Promise<void> {
  const answer = await hospital.product.post<{ source: string }>(`/v1/summaries/${summary.id}/open`);
  const text = JSON.stringify(answer);
  const whole = words.every((said) => text.includes(JSON.stringify(said).slice(1, -1)));
  if (answer.source !== copyOf(hospital) || !whole)
    throw new NotHeld(`${hospital.slug}: the summary is not what was said`);
}

/** Carrier D leaves a notice in the EHR, F nothing: what was said is then opened from our own store. */
function copyOf({ can }: Hospital): 'ehr' | 'carethread' {
  return can.summary_carrier === 'B' || can.summary_carrier === 'C' ? 'ehr' : 'carethread';
}

async function expectRefusals(
  hospital: Hospital,
  other: Hospital,
  summary: ProductSummary,
): Promise<Figures> {
  const { key } = await hospital.product.post<{ key: string }>('/v1/api-keys', {
    name: 'without the right to open',
    scopes: ['summaries:read'],
  });
  const path = `/v1/summaries/${summary.id}/open`;
  const withoutScope = await statusOf(() => hospital.product.withKey(key).post(path));
  const elsewhere = await statusOf(() => other.product.post(path));
  const figures = { without_scope: withoutScope, other_hospital: elsewhere };
  if (withoutScope !== 403 || elsewhere !== 404)
    throw new NotHeld(`${hospital.slug}: a stranger got in`, figures);
  return figures;
}

async function statusOf(attempt: () => Promise<unknown>): Promise<number> {
  try {
    await attempt();
    return 200;
  } catch (error) {
    if (error instanceof HttpFailure) return error.status;
    throw error;
  }
}

async function opened(hospital: Hospital): Promise<number> {
  return (await hospital.product.all('/v1/audit-events?type=summary.opened')).length;
}

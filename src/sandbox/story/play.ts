import { cancel, confirm } from './step-answer.js';
import { converse } from './step-converse.js';
import { read } from './step-read.js';
import { remind } from './step-remind.js';
import { summarise } from './step-summarise.js';
import { sync } from './step-sync.js';
import { verify } from './step-verify.js';
import { withdraw } from './step-withdraw.js';
import { type Figures, NotHeld, STEPS, type StepName, type Story } from './story.js';

export interface StepResult {
  name: StepName;
  ok: boolean;
  figures: Figures;
  /** Why it did not hold, or that it was not reached. */
  reason?: string;
}

const PLAYED: Record<StepName, { words: string; play(story: Story): Promise<Figures> }> = {
  sync: { words: 'reading both EHRs', play: sync },
  remind: { words: 'recording consents, sending what comes due', play: remind },
  confirm: { words: 'patients tap Confirm', play: confirm },
  cancel: { words: 'patients tap Cancel', play: cancel },
  withdraw: { words: 'patients say STOP', play: withdraw },
  converse: { words: 'patients ask, staff answer', play: converse },
  summarise: { words: 'writing sealed summaries back', play: summarise },
  read: { words: 'opening them with and without the right', play: read },
  verify: { words: 'checking audit log and figures', play: verify },
};

/** Plays the main job step by step; after one that does not hold the others are not reached. */
export async function play(story: Story): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const name of STEPS) {
    const broken = results.find(({ ok }) => !ok);
    results.push(broken ? notReached(name, broken.name) : await playOne(story, name));
  }
  return results;
}

async function playOne(story: Story, name: StepName): Promise<StepResult> {
  const { words, play: step } = PLAYED[name];
  story.progress.begin(name, words);
  const began = performance.now();
  try {
    const figures = await step(story);
    story.progress.end(true, name, `${words} (${seconds(began)} s)`);
    return { name, ok: true, figures };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    story.progress.end(false, name, reason);
    return { name, ok: false, figures: error instanceof NotHeld ? error.figures : {}, reason };
  }
}

function notReached(name: StepName, broken: StepName): StepResult {
  return { name, ok: false, figures: {}, reason: `not reached: ${broken} did not hold` };
}

function seconds(began: number): string {
  return ((performance.now() - began) / 1_000).toFixed(1);
}

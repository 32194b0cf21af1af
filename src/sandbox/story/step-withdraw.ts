import { choose, reachedPatients, sentTo } from './records.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';

const STOP_WORDS = ['STOP', 'നിർത്തുക', 'रोकें', 'إيقاف', 'BAJA', 'PARAR', 'ARRÊT'];
const STRIDE = 'PT5H';
const STRIDES = 5;

/** STOP is one truth: one confirmation, then silence, while other patients still hear from their hospital. */
export async function withdraw(story: Story): Promise<Figures> {
  const figures: Record<string, Figures> = {};
  for (const hospital of story.hospitals) figures[hospital.slug] = await stop(story, hospital);
  await story.pass(STRIDE, STRIDES);
  for (const hospital of story.hospitals) {
    const late = await messagesAfterStop(story, hospital);
    figures[hospital.slug] = { ...figures[hospital.slug], messages_after_stop: late };
    if (late > 0) throw new NotHeld(`${hospital.slug}: somebody who said STOP got a message`, figures);
  }
  return figures;
}

async function stop(story: Story, hospital: Hospital): Promise<Figures> {
  const { number, patient } = choose(
    story,
    await reachedPatients(story, hospital),
    `patient at ${hospital.slug}`,
  );
  const before = await sentTo(story, hospital, number);
  await story.whatsapp(`contacts/${number}/say`, {
    phone_number_id: hospital.phoneNumberId,
    text: STOP_WORDS[story.seed % STOP_WORDS.length],
  });
  await story.settle();
  const confirmations = (await sentTo(story, hospital, number)).length - before.length;
  const active = await hospital.product.all(`/v1/consents?status=active&patient=${patient}`);
  const figures = { confirmations, active_consents: active.length };
  hospital.stopped.push({ number, messages: before.length + confirmations });
  if (confirmations !== 1 || active.length > 0)
    throw new NotHeld(`${hospital.slug}: STOP did not hold`, figures);
  return figures;
}

/** Messages that reached a number after its STOP and the one confirmation of it. */
export async function messagesAfterStop(story: Story, hospital: Hospital): Promise<number> {
  let late = 0;
  for (const { number, messages } of hospital.stopped) {
    late += (await sentTo(story, hospital, number)).length - messages;
  }
  return late;
}

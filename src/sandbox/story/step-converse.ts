import { choose, fingerprint, type Reached, reachedPatients, sentTo } from './records.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';

const QUESTIONS = [
  ['May I eat before my visit?', 'Please eat nothing for eight hours before it; water is fine.'],
  ['Can my daughter come in with me?', 'Yes, one person may come in with you.'],
  ['Where do I park?', 'Use the east gate; the first two hours are free.'],
  ['Shall I bring my old X-rays?', 'Yes, please bring all earlier pictures.'],
  ['Is the lift working again?', 'It is. The ramp by the entrance is open too.'],
] as const;

/** A patient writes, a person of the staff answers inside the customer service window and closes the thread. */
export async function converse(story: Story): Promise<Figures> {
  const figures: Figures = {};
  for (const [index, hospital] of story.hospitals.entries()) {
    const [question, reply] = QUESTIONS[(story.seed + index * 2) % QUESTIONS.length]!;
    figures[hospital.slug] = await talk(story, hospital, { question, reply });
  }
  return figures;
}

async function talk(
  story: Story,
  hospital: Hospital,
  words: { question: string; reply: string },
): Promise<Figures> {
  const candidates = await reachedPatients(story, hospital);
  const reached = choose(story, candidates, `patient to talk to at ${hospital.slug}`);
  await story.whatsapp(`contacts/${reached.number}/say`, {
    phone_number_id: hospital.phoneNumberId,
    text: words.question,
  });
  await story.settle();
  const conversation = await openConversation(hospital, reached);
  await hospital.product.post(`/v1/conversations/${conversation}/messages`, { text: words.reply });
  await story.settle();
  const arrived = (await sentTo(story, hospital, reached.number)).some(({ text }) => text === words.reply);
  if (!arrived) throw new NotHeld(`${hospital.slug}: the answer did not reach the patient`);
  await hospital.product.post(`/v1/conversations/${conversation}/close`);
  hospital.told.push({ conversation, words: [words.question, words.reply] });
  return { conversation, answered: arrived, said: fingerprint(words) };
}

async function openConversation(hospital: Hospital, { patient: theirId }: Reached): Promise<string> {
  const open = await hospital.product.all<{ id: string; patient: string | null }>(
    '/v1/conversations?state=open',
  );
  const theirs = open.filter(({ patient }) => patient === theirId);
  if (theirs.length !== 1)
    throw new NotHeld(`${hospital.slug}: the patient has ${theirs.length} open conversations`);
  return theirs[0]!.id;
}

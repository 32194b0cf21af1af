import type { Appointment } from 'fhir/r4.js';
import { choose, ehrAppointment, type Reminded, remindedPatients, sentTo } from './records.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';

type Answer = 'confirm' | 'cancel';

const BUTTON: Record<Answer, number> = { confirm: 0, cancel: 1 };
const WORK_ITEM: Record<Answer, string> = {
  confirm: 'appointment-confirmation',
  cancel: 'appointment-cancellation',
};

/** A tap on Confirm makes the patient's participant status accepted, in the EHR or on the desk's work list. */
export const confirm = (story: Story): Promise<Figures> => answer(story, 'confirm');

/** A tap on Cancel cancels the Appointment in the EHR, or asks the desk to. */
export const cancel = (story: Story): Promise<Figures> => answer(story, 'cancel');

async function answer(story: Story, kind: Answer): Promise<Figures> {
  const figures: Figures = {};
  for (const hospital of story.hospitals) figures[hospital.slug] = await tap(story, hospital, kind);
  return figures;
}

async function tap(story: Story, hospital: Hospital, kind: Answer): Promise<Figures> {
  const reminded = choose(
    story,
    await remindedPatients(story, hospital),
    `reminded patient at ${hospital.slug}`,
  );
  await story.whatsapp(`contacts/${reminded.number}/tap`, {
    phone_number_id: hospital.phoneNumberId,
    wamid: reminded.wamid,
    index: BUTTON[kind],
  });
  await story.settle();
  const replies = (await sentTo(story, hospital, reminded.number)).filter(({ type }) => type === 'text');
  if (replies.length !== 1)
    throw new NotHeld(`${hospital.slug}: the tap was answered ${replies.length} times`);
  const changed = isChanged(
    await ehrAppointment(story, hospital, reminded.appointment.reference),
    reminded,
    kind,
  );
  const items = await workItems(hospital, reminded, kind);
  // One of a few sentences, with nothing of a person in it.
  const reply = replies[0]!.text;
  const figures = { appointment: reminded.appointment.id, ehr_changed: changed, work_items: items, reply };
  const takes = taken(hospital, kind);
  const held = takes ? changed && items === 0 : !changed && items === 1;
  if (!held) throw new NotHeld(`${hospital.slug}: the ${kind} did not reach where it belongs`, figures);
  return figures;
}

/** L1 takes a change of the status and nothing of the participants. */
function taken({ can }: Hospital, kind: Answer): boolean {
  if (can.appointment_write === 'L1') return kind === 'cancel';
  return can.appointment_write !== 'L0';
}

function isChanged(appointment: Appointment, { patient }: Reminded, kind: Answer): boolean {
  if (kind === 'cancel') return appointment.status === 'cancelled';
  return appointment.participant.some(
    ({ actor, status }) => actor?.reference === patient && status === 'accepted',
  );
}

async function workItems(hospital: Hospital, { appointment }: Reminded, kind: Answer): Promise<number> {
  const items = await hospital.product.all<{ kind: string; subject: { id: string } }>(
    `/v1/work-items?state=open&kind=${WORK_ITEM[kind]}`,
  );
  return items.filter(({ subject }) => subject.id === appointment.id).length;
}

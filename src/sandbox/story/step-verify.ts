import { countReminders } from './step-remind.js';
import { messagesAfterStop } from './step-withdraw.js';
import { type Figures, type Hospital, NotHeld, type Story } from './story.js';

interface Verification {
  ok: boolean;
  events: number;
}

/** The audit log is whole, the reminders still add up, nothing failed in silence, nobody was written to after STOP. */
export async function verify(story: Story): Promise<Figures> {
  const figures: Figures = {};
  for (const hospital of story.hospitals) figures[hospital.slug] = await verifyOne(story, hospital);
  return figures;
}

async function verifyOne(story: Story, hospital: Hospital): Promise<Figures> {
  const audit = await hospital.product.get<Verification>('/v1/audit/verify');
  const failed = await hospital.product.all('/v1/jobs?state=failed');
  const late = await messagesAfterStop(story, hospital);
  const reminders = await countReminders(story, hospital);
  const figures = { audit, failed_jobs: failed.length, messages_after_stop: late, reminders };
  if (!audit.ok || audit.events === 0)
    throw new NotHeld(`${hospital.slug}: the audit log is broken`, figures);
  if (failed.length > 0) throw new NotHeld(`${hospital.slug}: background work failed`, figures);
  if (late > 0) throw new NotHeld(`${hospital.slug}: somebody who said STOP got a message`, figures);
  return figures;
}

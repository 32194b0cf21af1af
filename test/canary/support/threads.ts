import type { Hospital } from '../../../src/sandbox/story/story.js';

/** A conversation that a test holds open. */
export interface Thread {
  id: string;
  hospital: Hospital;
  patient: string;
  number: string;
}

export async function conversationOf(hospital: Hospital, patient: string): Promise<string> {
  const open = await hospital.product.all<{ id: string; patient: string | null }>(
    '/v1/conversations?state=open',
  );
  const theirs = open.find((conversation) => conversation.patient === patient);
  if (!theirs) throw new Error(`${hospital.slug}: the patient has no open conversation`);
  return theirs.id;
}

import type { Uuid } from '../../../platform/ids/ids.js';

interface PatientState {
  id: Uuid;
  deceased: boolean;
  active: boolean;
}

/** Who writes, as far as the address tells: its only patient, if that patient lives. Else a token or staff must say. */
export function onlyPatient(patients: readonly PatientState[]): Uuid | null {
  const [only] = patients;
  return patients.length === 1 && only!.active && !only!.deceased ? only!.id : null;
}

/** Who stands for a record: itself, where it is not named. */
export type Survivors = ReadonlyMap<Uuid, Uuid>;

/**
 * Whether a message of ours is part of a conversation on its address. One that speaks of another patient never is:
 * a summary must not carry one person's visit into another's record.
 */
export function belongs(
  sent: { patientId: Uuid | null },
  conversation: { patientId: Uuid | null },
  survivors: Survivors,
): boolean {
  const personOf = (id: Uuid | null): Uuid | null => id && (survivors.get(id) ?? id);
  return sent.patientId === null || personOf(sent.patientId) === personOf(conversation.patientId);
}

/** What it means for a conversation that a message in it was proved to be about this patient. */
export type Naming = 'known' | 'name' | 'split';

/**
 * `split`: the message begins a conversation of its own. Also when nobody was named yet but others wrote before,
 * because on a shared telephone the words before the tap may be another person's.
 */
export function namingOf(
  conversation: { patientId: Uuid | null },
  proved: Uuid,
  inboundCount: number,
): Naming {
  if (conversation.patientId === proved) return 'known';
  return conversation.patientId === null && inboundCount === 1 ? 'name' : 'split';
}

import type { Slot } from 'fhir/r4.js';
import type { Capabilities } from '../domain/capabilities.js';
import { type Target, targetOf } from '../domain/appointment-change.js';
import { parseReference } from '../domain/reference.js';
import { isOthers } from '../domain/slot-claim.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { badReference } from '../infrastructure/fhir-fault.js';
import { claim, leave, leavesSlotsToUs, release, slotsOf } from './slots.js';

/** Where a visit goes to, and what was secured for it. */
export interface Aim {
  target: Target;
  /** The id of a Slot that was marked busy for this visit. */
  claimed: string | null;
  /** Whether the Slot of before is ours to set free. */
  releases: boolean;
}

/** What a visit leaves behind, as it was before. */
export interface Departure {
  /** `Slot/9` */
  references: readonly string[];
  slots: readonly Slot[];
}

/** Works out where a visit goes to, and secures the Slot. Throws `fhir.reference` for what names no Slot of this EHR. */
export async function aim(
  client: FhirClient,
  moveTo: { slot: string } | { start: string; end: string },
  { fhirId, capabilities }: { fhirId: string; capabilities: Capabilities },
): Promise<Aim | { refused: string; slot: string }> {
  const releases = leavesSlotsToUs(capabilities);
  if (!('slot' in moveTo)) return { target: { slot: null, ...moveTo }, claimed: null, releases };
  const id = slotId(moveTo.slot);
  const claimed = await claim(client, id, { holder: holderOf(fhirId), capabilities });
  if (claimed.state === 'refused') return { refused: claimed.code, slot: `Slot/${id}` };
  return { target: targetOf(claimed.slot), claimed: claimed.state === 'claimed' ? id : null, releases };
}

/** Sets free what was secured for a visit that then did not move. */
export async function giveUp(client: FhirClient, { claimed }: Aim, fhirId: string): Promise<void> {
  if (claimed !== null) await release(client, claimed, holderOf(fhirId));
}

/** The Slots that the visit is about to leave, where setting them free is ours to do. `held`: `Slot/9`. */
export async function leaving(
  client: FhirClient,
  held: readonly string[],
  { target, releases }: Aim,
): Promise<Departure> {
  const references = releases ? held.filter((one) => one !== target.slot) : [];
  return { references, slots: await slotsOf(client, references) };
}

/** Sets free what the visit has left, and holds itself. The first that is not free then, else null. */
export async function clear(
  client: FhirClient,
  { references, slots }: Departure,
  holders: readonly string[],
): Promise<string | null> {
  let left: string | null = null;
  for (const reference of references) {
    const slot = slots.find(({ id }) => `Slot/${id}` === reference);
    if (!slot || isOthers(slot, holders) || !(await leave(client, slot))) left ??= reference;
  }
  return left;
}

/** By what a Slot is marked as this visit's. */
export function holderOf(fhirId: string): string {
  return `Appointment/${fhirId}`;
}

/** The id in `Slot/9`. Throws `fhir.reference`. */
export function slotId(reference: string): string {
  const key = parseReference(reference, '');
  if (key?.type !== 'Slot') throw badReference();
  return key.id;
}

import type { Capabilities } from '../domain/capabilities.js';
import { type Target, targetOf } from '../domain/appointment-change.js';
import { parseReference } from '../domain/reference.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { badReference } from '../infrastructure/fhir-fault.js';
import { claim, leavesSlotsToUs, release } from './slots.js';

/** Where a visit goes to, and what was secured for it. */
export interface Aim {
  target: Target;
  /** The id of a Slot that was marked busy for this visit. */
  claimed: string | null;
  /** Whether the Slot of before is ours to set free. */
  releases: boolean;
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
  const claimed = await claim(client, id, { holder: `Appointment/${fhirId}`, capabilities });
  if (claimed.state === 'refused') return { refused: claimed.code, slot: `Slot/${id}` };
  return { target: targetOf(claimed.slot), claimed: claimed.state === 'claimed' ? id : null, releases };
}

/** Sets free what was secured for a visit that then did not move. */
export async function giveUp(client: FhirClient, { claimed }: Aim): Promise<void> {
  if (claimed !== null) await release(client, claimed);
}

/** Sets the Slots of before free, where that is ours to do. The first that the EHR did not let go, else null. */
export async function clear(
  client: FhirClient,
  before: readonly string[],
  { target, releases }: Aim,
): Promise<string | null> {
  if (!releases) return null;
  let left: string | null = null;
  for (const slot of before.filter((one) => one !== target.slot)) {
    if (!(await release(client, slotId(slot)))) left ??= slot;
  }
  return left;
}

/** The id in `Slot/9`. Throws `fhir.reference`. */
export function slotId(reference: string): string {
  const key = parseReference(reference, '');
  if (key?.type !== 'Slot') throw badReference();
  return key.id;
}

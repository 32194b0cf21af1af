import type { Slot } from 'fhir/r4.js';
import type { Capabilities } from '../domain/capabilities.js';
import { claimedBy, held, released } from '../domain/slot-claim.js';
import type { ResourceKey } from '../domain/reference.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { FhirFault, noFault, unsupported } from '../infrastructure/fhir-fault.js';
import { pagesOf } from './pages.js';

/** What became of the wish for a Slot. `kept`: the EHR itself gives it away with the visit, nothing was written. */
export type Claim = { state: 'kept' | 'claimed'; slot: Slot } | { state: 'refused'; code: string };

/** Statuses by which a server says that a Slot cannot be read by its id: Oracle Health only lets it be searched. */
const NOT_READABLE = new Set([403, 404, 405, 501]);

/** The Slot as it is now; null when the EHR has it no more, or shows it no more because it is given away. */
export async function slotNow(client: FhirClient, { id }: Pick<ResourceKey, 'id'>): Promise<Slot | null> {
  try {
    return (await client.read('Slot', id)).resource as Slot;
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    if (error.status === 410) return null;
    if (!NOT_READABLE.has(error.status ?? 0)) throw error;
    return searched(client, id);
  }
}

/** Servers ignore filters, so the id is looked at again. */
async function searched(client: FhirClient, id: string): Promise<Slot | null> {
  try {
    for await (const { resources } of pagesOf(client, 'Slot', { _id: id })) {
      const found = resources.find((one) => one.resourceType === 'Slot' && one.id === id);
      if (found) return found as Slot;
    }
  } catch (error) {
    if (!(error instanceof FhirFault) || !NOT_READABLE.has(error.status ?? 0)) throw error;
  }
  return null;
}

/**
 * Secures a free Slot for a holder before anything is promised. A plain FHIR server leaves the Slots to whoever books:
 * there it is marked busy with If-Match, so that of two who want it one gets it. A second try finds its own mark.
 */
export async function claim(
  client: FhirClient,
  id: string,
  { holder, capabilities }: { holder: string; capabilities: Capabilities },
): Promise<Claim> {
  const slot = await slotNow(client, { id });
  if (!slot) return { state: 'refused', code: 'slot-taken' };
  if (claimedBy(slot, holder)) return { state: 'claimed', slot };
  if (slot.status !== 'free') return { state: 'refused', code: 'slot-taken' };
  if (!leavesSlotsToUs(capabilities)) return { state: 'kept', slot };
  const version = slot.meta?.versionId;
  if (version === undefined) return { state: 'refused', code: 'no-version' };
  try {
    await client.update(held(slot, holder), `W/"${version}"`, slot);
    return { state: 'claimed', slot };
  } catch (error) {
    return refusalOf(error);
  }
}

/** Sets a Slot free that was claimed for this holder; another's by now is left alone. */
export async function release(client: FhirClient, id: string, holder: string): Promise<void> {
  try {
    const slot = await slotNow(client, { id });
    if (slot && claimedBy(slot, holder)) await setFree(client, slot);
  } catch (error) {
    // It stays busy with our mark on it, which the next try for the same holder finds.
    if (!(error instanceof FhirFault)) throw error;
  }
}

/** The Slots that a visit holds, as they are before it leaves them; what cannot be read is left out. */
export async function slotsOf(client: FhirClient, references: readonly string[]): Promise<Slot[]> {
  const slots: Slot[] = [];
  for (const reference of references) {
    const slot = await slotNow(client, { id: reference.replace('Slot/', '') }).catch(noFault);
    if (slot) slots.push(slot);
  }
  return slots;
}

/**
 * Sets a Slot free that a visit has left, as it was seen before: what was written since may be another's booking. False
 * when it is not free then.
 */
export async function leave(client: FhirClient, before: Slot): Promise<boolean> {
  if (before.status === 'free') return true;
  try {
    await setFree(client, before);
    return true;
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    const now = await slotNow(client, { id: before.id! }).catch(noFault);
    return now?.status === 'free';
  }
}

/** Throws as a write does, also for a Slot without a version, which nothing would guard. */
async function setFree(client: FhirClient, slot: Slot): Promise<void> {
  const version = slot.meta?.versionId;
  if (version === undefined) throw unsupported();
  await client.update(released(slot), `W/"${version}"`, slot);
}

/** Booking by an operation, and moving by the slot alone, are of EHRs that keep their Slots themselves. */
export function leavesSlotsToUs({ booking, reschedule }: Capabilities): boolean {
  return booking === 'slot' && reschedule === 'update';
}

function refusalOf(error: unknown): Claim {
  if (!(error instanceof FhirFault) || error.retryable || error.status === null) throw error;
  const lost = error.status === 409 || error.status === 412;
  return { state: 'refused', code: lost ? 'slot-taken' : `http-${error.status}` };
}

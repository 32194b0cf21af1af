import type { Hospital } from '../hospital.js';
import { localReference, referencesIn } from '../search/parameter-kinds.js';

/** IHE leaves it to the server how long a hold lasts. */
const HOLD_MINUTES = 10;

/** From now on the visit is given up by itself unless it is booked. */
export function holdFor({ holds, clock }: Hospital, visitId: string): void {
  holds.set(visitId, clock.now().getTime() + HOLD_MINUTES * 60_000);
}

/** Holds that nobody made good are cancelled, and their slots free again. */
export function releaseLapsedHolds({ holds, clock, stores }: Hospital): void {
  for (const [id, until] of holds) {
    if (until > clock.now().getTime()) continue;
    holds.delete(id);
    const visit = stores.Appointment.get(id);
    if (visit?.status !== 'pending') continue;
    stores.Appointment.put(stores.Appointment.stamp({ ...visit, status: 'cancelled' }, id));
    for (const reference of referencesIn(visit.slot)) {
      const [, slotId = ''] = localReference(reference).split('/');
      const slot = stores.Slot.get(slotId);
      if (slot?.status === 'busy-tentative')
        stores.Slot.put(stores.Slot.stamp({ ...slot, status: 'free' }, slotId));
    }
  }
}

import type { Capabilities } from './capabilities.js';
import type { AppointmentChange } from './writes.js';

/** Whether an EHR takes such a change. L1 takes a change of status and nothing of the participants. */
export function takes(capabilities: Capabilities, change: AppointmentChange): boolean {
  const { appointmentWrite: level, appointmentWriteBy: by } = capabilities;
  if (level === 'L0' || by === 'none') return false;
  if ('moveTo' in change) return takesMove(capabilities, change.moveTo);
  return 'status' in change || level !== 'L1';
}

/** A Slot can be moved to where it can be secured first: the EHR keeps its Slots, or leaves them to whoever books. */
function takesMove(
  { reschedule, booking }: Capabilities,
  moveTo: { slot: string } | { start: string },
): boolean {
  if (reschedule === 'none') return false;
  return 'slot' in moveTo ? reschedule === 'slot' || booking !== 'none' : reschedule === 'update';
}

/** Whether visits may be booked at all: a hospital that wants no change of its visits wants no new ones either. */
export function takesBooking({ appointmentWrite, booking }: Capabilities): boolean {
  return appointmentWrite !== 'L0' && booking !== 'none';
}

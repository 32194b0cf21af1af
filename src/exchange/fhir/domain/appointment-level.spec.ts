import { takes, takesBooking } from './appointment-level.js';
import type { Capabilities } from './capabilities.js';
import type { AppointmentChange } from './writes.js';

const CONFIRM: AppointmentChange = { participantStatus: 'accepted', patient: 'Patient/1' };
const CANCEL: AppointmentChange = { status: 'cancelled', reason: 'pat' };
const TO_SLOT: AppointmentChange = { moveTo: { slot: 'Slot/9' } };
const TO_TIME: AppointmentChange = { moveTo: { start: '2026-12-10T09:00:00Z', end: '2026-12-10T09:30:00Z' } };

type Level = Pick<Capabilities, 'appointmentWrite' | 'appointmentWriteBy' | 'reschedule' | 'booking'>;

const epic: Level = {
  appointmentWrite: 'L0',
  appointmentWriteBy: 'none',
  reschedule: 'none',
  booking: 'none',
};
const oracle: Level = {
  appointmentWrite: 'L1',
  appointmentWriteBy: 'patch',
  reschedule: 'slot',
  booking: 'slot',
};
const plain: Level = {
  appointmentWrite: 'L2',
  appointmentWriteBy: 'patch',
  reschedule: 'update',
  booking: 'none',
};
const hapi: Level = { ...plain, booking: 'slot' };
const full: Level = { ...plain, appointmentWrite: 'L3', booking: 'operation' };

describe('what an EHR takes of a patient’s wish', () => {
  it.each<[string, Level, boolean[]]>([
    ['nothing', epic, [false, false, false, false, false]],
    ['a status and another slot', oracle, [false, true, true, false, true]],
    ['everything but slots', plain, [true, true, false, true, false]],
    ['slots too, which are ours to keep', hapi, [true, true, true, true, true]],
    ['slots too, which it keeps', full, [true, true, true, true, true]],
    ['nothing, because the hospital says so', { ...full, appointmentWrite: 'L0' }, Array(5).fill(false)],
  ])('is %s', (_case, level, [confirm, cancel, slot, time, book]) => {
    const capabilities = level as Capabilities;
    expect(takes(capabilities, CONFIRM)).toBe(confirm);
    expect(takes(capabilities, CANCEL)).toBe(cancel);
    expect(takes(capabilities, TO_SLOT)).toBe(slot);
    expect(takes(capabilities, TO_TIME)).toBe(time);
    expect(takesBooking(capabilities)).toBe(book);
  });
});

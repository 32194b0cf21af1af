import type { Slot } from 'fhir/r4.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { refused } from '../infrastructure/fhir-fault.js';
import { held } from '../domain/slot-claim.js';
import { clear, leaving } from './moving.js';
import { release, slotsOf } from './slots.js';

/** The Slots of a server that takes a change only with the version of now. */
class Shelf {
  readonly slots = new Map<string, Slot>();

  put(slot: Slot): Slot {
    const version = Number(this.slots.get(slot.id!)?.meta?.versionId ?? 0) + 1;
    const kept = { ...slot, meta: { versionId: String(version) } };
    this.slots.set(slot.id!, kept);
    return kept;
  }

  client(): FhirClient {
    const read = async (_type: string, id: string) => {
      const resource = this.slots.get(id);
      if (!resource) throw refused(410);
      return { resource };
    };
    const update = async (slot: Slot, ifMatch: string) => {
      if (ifMatch !== `W/"${this.slots.get(slot.id!)!.meta!.versionId}"`) throw refused(412);
      this.put(slot);
    };
    return { read, update } as never;
  }

  statusOf(id: string): string | undefined {
    return this.slots.get(id)?.status;
  }
}

const slot = (id: string): Slot => ({
  resourceType: 'Slot',
  id,
  schedule: { reference: 'Schedule/1' },
  status: 'busy',
  start: '2026-11-27T10:00:00+05:30',
  end: '2026-11-27T10:30:00+05:30',
});
const MOVES = { target: { slot: 'Slot/2', start: '', end: '' }, claimed: '2', releases: true };

describe('a Slot', () => {
  let shelf: Shelf;
  beforeEach(() => (shelf = new Shelf()));

  it('that was claimed for a holder is set free for that holder alone', async () => {
    shelf.put(held(slot('1'), 'Appointment/7'));
    await release(shelf.client(), '1', 'Appointment/8');
    expect(shelf.statusOf('1')).toBe('busy');
    await release(shelf.client(), '1', 'Appointment/7');
    expect(shelf.statusOf('1')).toBe('free');
  });

  it('that somebody else booked meanwhile stays theirs', async () => {
    shelf.put(held(slot('1'), 'Appointment/7'));
    shelf.put({ ...slot('1'), comment: 'booked at the desk' });
    await release(shelf.client(), '1', 'Appointment/7');
    expect(shelf.statusOf('1')).toBe('busy');
  });

  it('that a visit leaves is set free as it was seen before', async () => {
    shelf.put(slot('1'));
    const departure = await leaving(shelf.client(), ['Slot/1', 'Slot/2'], MOVES);
    expect(await clear(shelf.client(), departure, ['Appointment/7'])).toBeNull();
    expect(shelf.statusOf('1')).toBe('free');
  });

  it('that a visit leaves, and another took between, is told and left to that one', async () => {
    shelf.put(slot('1'));
    const departure = await leaving(shelf.client(), ['Slot/1'], MOVES);
    shelf.put({ ...slot('1'), status: 'free' });
    shelf.put(slot('1'));
    expect(await clear(shelf.client(), departure, ['Appointment/7'])).toBe('Slot/1');
    expect(shelf.statusOf('1')).toBe('busy');
  });

  it('that the EHR set free itself is no matter', async () => {
    shelf.put(slot('1'));
    const departure = await leaving(shelf.client(), ['Slot/1'], MOVES);
    shelf.put({ ...slot('1'), status: 'free' });
    expect(await clear(shelf.client(), departure, ['Appointment/7'])).toBeNull();
  });

  it('that is marked for another holder is not the visit’s to leave', async () => {
    shelf.put(held(slot('1'), 'Appointment/8'));
    const departure = await leaving(shelf.client(), ['Slot/1'], MOVES);
    expect(await clear(shelf.client(), departure, ['Appointment/7', 'booking-1'])).toBe('Slot/1');
    expect(shelf.statusOf('1')).toBe('busy');
    const own = await leaving(shelf.client(), ['Slot/1'], MOVES);
    expect(await clear(shelf.client(), own, ['Appointment/8'])).toBeNull();
  });

  it('that cannot be read is left out of what is seen', async () => {
    shelf.put(slot('1'));
    expect((await slotsOf(shelf.client(), ['Slot/1', 'Slot/9'])).map(({ id }) => id)).toEqual(['1']);
  });
});

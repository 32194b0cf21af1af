import type { Appointment, FhirResource, Schedule, Slot } from 'fhir/r4.js';
import { type Bases, keyText, parseReference } from './reference.js';
import { readInstant } from './row-checks.js';
import { visitsIn } from './visits-in.js';
import type { FreeSlot, SlotQuery } from './writes.js';

type Range = Pick<SlotQuery, 'from' | 'until'>;

/** R4's tz-code and the extensions pack's timezone. */
const ZONES = new Set([
  'http://hl7.org/fhir/StructureDefinition/tz-code',
  'http://hl7.org/fhir/StructureDefinition/timezone',
]);

/** Whether a Slot is free, in order, and begins in the range. */
export function isOffered({ status, start, end, id }: Slot, range: Range): boolean {
  const [begins, ends] = [readInstant(start), readInstant(end)];
  if (status !== 'free' || id === undefined || typeof begins === 'string' || typeof ends === 'string') {
    return false;
  }
  return ends > begins && begins >= range.from && begins < range.until;
}

/** A Slot that is offered, before it is known whose it is. */
export function readSlot(slot: Slot): FreeSlot {
  const zone = slot._start?.extension?.find(({ url }) => ZONES.has(url))?.valueCode;
  return {
    reference: `Slot/${slot.id}`,
    start: new Date(slot.start),
    end: new Date(slot.end),
    timeZone: zone ?? null,
    practitioner: null,
    location: null,
  };
}

/** The actor of this type: the one that is wanted if it is among them, else the first. */
export function actorOf(
  schedule: Schedule | null,
  type: 'Practitioner' | 'Location',
  bases: Bases,
  wanted?: string,
): string | null {
  const keys = (schedule?.actor ?? []).map(({ reference }) => parseReference(reference, bases));
  const actors = keys.flatMap((key) => (key?.type === type ? [keyText(key)] : []));
  return actors.find((actor) => actor === wanted) ?? actors[0] ?? null;
}

/** Free Slots in what $find answers: a Bundle, or Parameters with one, of proposed visits that name one Slot each. */
export function slotsInProposals(
  answer: FhirResource | null,
  { bases, query }: { bases: Bases; query: SlotQuery },
): FreeSlot[] {
  return visitsIn(answer).flatMap((visit) => {
    const slots = (visit.slot ?? []).map(({ reference }) => parseReference(reference, bases));
    const [slot] = slots;
    if (slots.length !== 1 || slot?.type !== 'Slot') return [];
    const { start = '', end = '', _start } = visit;
    const free: Slot = {
      resourceType: 'Slot',
      id: slot.id,
      schedule: {},
      status: 'free',
      start,
      end,
      ...(_start && { _start }),
    };
    if (!isOffered(free, query)) return [];
    return [{ ...readSlot(free), ...peopleOf(visit, bases) }];
  });
}

function peopleOf({ participant }: Appointment, bases: Bases): Pick<FreeSlot, 'practitioner' | 'location'> {
  const keys = (participant ?? []).map(({ actor }) => parseReference(actor?.reference, bases));
  const first = (type: string): string | null => {
    const key = keys.find((one) => one?.type === type);
    return key ? keyText(key) : null;
  };
  return { practitioner: first('Practitioner'), location: first('Location') };
}

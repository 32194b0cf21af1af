import type { Appointment, Schedule, Slot } from 'fhir/r4.js';
import { refuse } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import { quoting } from '../profiles/rows.js';
import type { Resource, StoredResource } from '../resource.js';
import { compile } from '../search/criterion.js';
import { localReference, type Parameter, referencesIn } from '../search/parameter-kinds.js';
import { searchParameters } from '../search/parameters.js';
import { list } from '../validate/list.js';
import { releaseLapsedHolds } from './holds.js';

type Status = Appointment['status'];

/** In these a visit keeps its slots from others. */
const keeping: Status[] = ['pending', 'booked', 'arrived', 'checked-in', 'fulfilled'];
/** Slots that somebody else has only in mind can be booked, as the one who has can book them. */
const open: Slot['status'][] = ['free', 'busy-tentative'];

export interface Taking {
  /** The resource as it is stored. */
  resource: Resource;
  /** Gives the slots the status that follows from it; for when the resource is stored. */
  settle(): void;
}

/**
 * What the write of a visit does to slots, at a server that keeps both in step. Refuses with 409 a slot that another
 * visit has, so that the second of two takers gets nothing.
 */
export function take(hospital: Hospital, after: Resource, before?: StoredResource): Taking {
  const { slots, timesFromSlot } = hospital.profile.writes;
  if (slots === 'plain' || after.resourceType !== 'Appointment') return { resource: after, settle: () => {} };
  releaseLapsedHolds(hospital);
  const wanted = slotsOf(after);
  const had = before ? slotsOf(before) : [];
  const gained = wanted.filter((id) => !had.includes(id)).map((id) => freeSlot(hospital, id));
  const [slot] = gained;
  const resource = timesFromSlot && slot && gained.length === 1 ? atSlot(hospital, after, slot) : after;
  return {
    resource,
    settle: () => {
      for (const id of had.filter((one) => !wanted.includes(one))) mark(hospital, id, 'free');
      for (const id of wanted) mark(hospital, id, after.status === 'pending' ? 'busy-tentative' : 'busy');
    },
  };
}

/** Ids of the slots that a visit keeps. */
function slotsOf(visit: Resource): string[] {
  if (!keeping.includes(visit.status as Status) || !Array.isArray(visit.slot)) return [];
  return referencesIn(visit.slot).map((reference) => reference.replace('Slot/', ''));
}

function mark({ stores }: Hospital, id: string, status: Slot['status']): void {
  const slot = stores.Slot.get(id);
  if (slot && slot.status !== status) stores.Slot.put(stores.Slot.stamp({ ...slot, status }, id));
}

/** Whether nobody has the slot yet. */
export function isFree(hospital: Hospital, slot: StoredResource): boolean {
  const parameter = searchParameters.Appointment.slot as Parameter;
  const bySlot = compile({ name: 'slot', value: `Slot/${slot.id}`, parameter, zone: hospital.timeZone });
  const visits = hospital.stores.Appointment.find([bySlot]);
  return open.includes(slot.status as Slot['status']) && !visits.some((visit) => slotsOf(visit).length > 0);
}

function freeSlot(hospital: Hospital, id: string): StoredResource {
  const slot = hospital.stores.Slot.get(id);
  const say = (why: string): string => quoting(hospital.profile, 'Slot / Schedule', why);
  if (!slot) throw refuse(422, 'not-found', say('There is no such slot'));
  if (!isFree(hospital, slot)) throw refuse(409, 'conflict', say('The slot is taken'));
  return slot;
}

/** The visit at the time of its slot, with those whose schedule the slot is of. */
function atSlot({ stores }: Hospital, visit: Resource, row: StoredResource): Resource {
  const { start, end, schedule } = row as unknown as Slot;
  const [, id = ''] = localReference(schedule.reference ?? '').split('/');
  const { actor } = (stores.Schedule.get(id) ?? {}) as unknown as Schedule;
  const { participant } = visit as unknown as Appointment;
  const others = list(participant).filter(
    ({ actor: who }) => !/(Practitioner|Location)\//.test(who?.reference ?? ''),
  );
  return {
    ...visit,
    start,
    end,
    minutesDuration: (Date.parse(end) - Date.parse(start)) / 60_000,
    participant: [...others, ...list(actor).map((who) => ({ actor: who, status: 'accepted' }))],
  };
}

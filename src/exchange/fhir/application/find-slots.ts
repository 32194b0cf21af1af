import { Injectable } from '@nestjs/common';
import type { Schedule, Slot } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { basesOf } from '../domain/connection.js';
import type { Capabilities } from '../domain/capabilities.js';
import { actorOf, isOffered, readSlot, slotsInProposals } from '../domain/free-slots.js';
import { findInput } from '../domain/operation-input.js';
import { parseReference } from '../domain/reference.js';
import type { FreeSlot, SlotQuery } from '../domain/writes.js';
import { Clients, type Connected } from '../infrastructure/clients.js';
import { FhirFault, incomplete, slotsByService, unsupported } from '../infrastructure/fhir-fault.js';
import type { FhirClient, SearchParams } from '../infrastructure/fhir-client.js';
import { pagesOf } from './pages.js';
import { Probe } from './probe.js';

/** Oracle Health's range of _count for Slot is 5 to 200. */
const LARGEST_PAGE = 200;

/** An id takes up to 64 characters: so many stay below the 4 KB that every proxy takes. */
const SCHEDULES_PER_SEARCH = 50;

interface Asked {
  client: FhirClient;
  bases: string[];
  capabilities: Capabilities;
  query: SlotQuery;
  /** By reference; null: this EHR does not show it. */
  schedules: Map<string, Schedule | null>;
}

/** Looks for free Slots of an EHR now. Nothing of them is kept. */
@Injectable()
export class FindSlots {
  constructor(
    private readonly clients: Clients,
    private readonly probe: Probe,
  ) {}

  async run(ctx: Context, connectionId: Uuid, query: SlotQuery): Promise<FreeSlot[]> {
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const { booking, reschedule, reads } = capabilities;
    if (booking === 'none') throw unsupported();
    if (reschedule === 'slot' && query.service === undefined) throw slotsByService();
    const connected = await this.clients.of(ctx, connectionId);
    const asked = askedOf(connected, capabilities, query);
    const slots = reads.includes('Slot') ? await bySearch(asked) : await byOperation(asked);
    return slots.sort((a, b) => a.start.getTime() - b.start.getTime()).slice(0, query.limit);
  }
}

function askedOf({ client, connection }: Connected, capabilities: Capabilities, query: SlotQuery): Asked {
  return { client, bases: basesOf(connection), capabilities, query, schedules: new Map() };
}

/**
 * Servers ignore filters and give more than is asked for: each Slot is looked at again. The order of what they give says
 * nothing, and Oracle Health cannot be asked for one: the whole range is read before the soonest are known.
 */
async function bySearch(asked: Asked): Promise<FreeSlot[]> {
  const found: FreeSlot[] = [];
  for (const params of await searchesOf(asked)) {
    for await (const page of pagesOf(asked.client, 'Slot', params)) {
      if (page.incomplete) throw incomplete();
      const slots = page.resources.filter((one): one is Slot => one.resourceType === 'Slot');
      for (const slot of slots.filter((one) => isOffered(one, asked.query))) {
        const free = await withActors(asked, slot);
        if (free) found.push(free);
      }
    }
  }
  return found;
}

/** Oracle Health finds Slots by a service and a closed range alone; elsewhere Schedules narrow the search. */
async function searchesOf(asked: Asked): Promise<SearchParams[]> {
  const { query, capabilities } = asked;
  const range = [`ge${query.from.toISOString()}`, `lt${query.until.toISOString()}`];
  const common: SearchParams = {
    start: range,
    _count: String(LARGEST_PAGE),
    ...(query.service !== undefined && { 'service-type': query.service }),
  };
  if (capabilities.reschedule === 'slot') return [common];
  const plain = { ...common, status: 'free' };
  const schedules = await schedulesOf(asked);
  if (schedules === null) return [plain];
  return chunks(schedules, SCHEDULES_PER_SEARCH).map((some) => ({ ...plain, schedule: some.join(',') }));
}

/** The Schedules of whom the query names; null when it names nobody. */
async function schedulesOf({ client, query, schedules }: Asked): Promise<string[] | null> {
  const actor = query.practitioner ?? query.location;
  if (actor === undefined) return null;
  for await (const page of pagesOf(client, 'Schedule', { actor, _count: String(LARGEST_PAGE) })) {
    const found = page.resources.filter((one): one is Schedule => one.resourceType === 'Schedule');
    for (const schedule of found) schedules.set(`Schedule/${schedule.id}`, schedule);
    if (page.incomplete) throw incomplete();
  }
  return [...schedules.keys()];
}

/** Null when the Slot is of somebody else, or of another place, than was asked for. */
async function withActors(asked: Asked, slot: Slot): Promise<FreeSlot | null> {
  const { query, bases } = asked;
  const schedule = await scheduleOf(asked, slot);
  const practitioner = actorOf(schedule, 'Practitioner', bases, query.practitioner);
  const location = actorOf(schedule, 'Location', bases, query.location);
  const isOther =
    (query.practitioner && practitioner !== query.practitioner) ||
    (query.location && location !== query.location);
  return isOther ? null : { ...readSlot(slot), practitioner, location };
}

async function scheduleOf({ client, bases, schedules }: Asked, slot: Slot): Promise<Schedule | null> {
  const key = parseReference(slot.schedule?.reference, bases);
  if (key?.type !== 'Schedule') return null;
  const reference = `Schedule/${key.id}`;
  if (!schedules.has(reference)) schedules.set(reference, await readSchedule(client, key.id));
  return schedules.get(reference) ?? null;
}

async function readSchedule(client: FhirClient, id: string): Promise<Schedule | null> {
  try {
    return (await client.read('Schedule', id)).resource as Schedule;
  } catch (error) {
    if (error instanceof FhirFault && !error.retryable) return null;
    throw error;
  }
}

/** IHE ITI Scheduling 1.0 $find: proposed visits, of which each names its Slot. */
async function byOperation({ client, bases, query }: Asked): Promise<FreeSlot[]> {
  const answer = await client.operation('Appointment', 'find', findInput(query));
  return slotsInProposals(answer.resource, { bases, query });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

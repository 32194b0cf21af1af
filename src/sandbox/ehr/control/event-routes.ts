import type { EhrEvent, EventStep } from '../../dataset/events/event.js';
import type { Hospital } from '../hospital.js';
import { isResourceType, type Resource } from '../resource.js';
import type { ResourceStore } from '../store.js';
import { onHospital } from './hospital-routes.js';
import { mergePatch } from './merge-patch.js';
import { badRequest, ok } from './reply.js';

export const listEvents = onHospital(({ events }) =>
  ok({ data: events.map(({ steps, ...event }) => ({ ...event, steps: steps.length })) }),
);

/** Plays an event as it was planned: all its steps carry the same moment. */
export const playEvent = onHospital((hospital, { body }) => {
  const { name } = (body ?? {}) as { name?: unknown };
  const event = hospital.events.find((one) => one.name === name);
  if (!event) return badRequest('there is no event of this name here');
  const missing = event.steps.find((step) => 'patch' in step && !rowOf(hospital, step.patch).row);
  if (missing) return badRequest('a row that this event changes is no longer there');
  const at = momentOf(hospital, event);
  const references = event.steps.map((step) => play(hospital, step, at));
  return ok({ name, at: at.toISOString(), references: [...new Set(references)] });
});

function momentOf({ clock }: Hospital, { stampedSecondsAgo = 0 }: EhrEvent): Date {
  return new Date(clock.now().getTime() - stampedSecondsAgo * 1000);
}

function play(hospital: Hospital, step: EventStep, at: Date): string {
  if ('remove' in step) {
    const { store, row } = rowOf(hospital, step.remove);
    if (row) store.remove(row);
    return step.remove;
  }
  const reference = 'put' in step ? step.put : step.patch;
  const { store, row, id, type } = rowOf(hospital, reference);
  const content = 'put' in step ? step.resource : mergePatch(row, step.change);
  store.put(store.stamp({ ...(content as Resource), resourceType: type }, id, at));
  return reference;
}

function rowOf({ stores }: Hospital, reference: string) {
  const [type = '', id = ''] = reference.split('/');
  if (!isResourceType(type)) throw new Error(`an event names an unknown type: ${type}`);
  const store: ResourceStore = stores[type];
  return { type, id, store, row: store.get(id) };
}

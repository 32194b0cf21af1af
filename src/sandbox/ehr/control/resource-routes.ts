import { Duration } from 'luxon';
import { isResourceType, type Resource, type StoredResource } from '../resource.js';
import type { ResourceStore } from '../store.js';
import type { World } from '../world.js';
import { mergePatch } from './merge-patch.js';
import { badRequest, type ControlReply, type ControlRequest, notFound, ok } from './reply.js';

/** What staff do in the EHR itself: nothing is validated, every change is a new version. */
interface Target {
  store: ResourceStore;
  type: string;
  id: string;
}

type Act = (target: Target, request: ControlRequest) => ControlReply;

function onStore(act: Act): (world: World, request: ControlRequest) => ControlReply {
  return (world, request) => {
    const [slug = '', type, id = ''] = request.path;
    const hospital = world.hospitals.get(slug);
    if (!hospital || !isResourceType(type)) return notFound('there is no such hospital or resource type');
    return act({ store: hospital.stores[type], type, id }, request);
  };
}

function onRow(act: (target: Target & { row: StoredResource }, request: ControlRequest) => ControlReply) {
  return onStore((target, request) => {
    const row = target.store.get(target.id);
    return row ? act({ ...target, row }, request) : notFound('there is no such resource');
  });
}

export const listResources = onStore(({ store }) => ok(store.all()));

export const readResource = onRow(({ row }) => ok(row));

export const putResource = onStore((target, { body, params }) => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return badRequest('the body must be a resource');
  return save(target, body as Resource, params);
});

export const mergeResource = onRow((target, { body, params }) =>
  save(target, mergePatch(target.row, body) as Resource, params),
);

export const deleteResource = onRow(({ store, row }) => {
  store.remove(row);
  return ok({ deleted: true });
});

/** `visible_in` makes the row one of a long transaction: of this moment, and seen by nobody before. */
function save({ store, type, id }: Target, resource: Resource, params: URLSearchParams): ControlReply {
  const delay = Duration.fromISO(params.get('visible_in') ?? 'PT0S');
  if (!delay.isValid) return badRequest('visible_in must be an ISO 8601 duration such as PT20S');
  const row = store.stamp({ ...resource, resourceType: type }, id);
  if (delay.toMillis() > 0) store.putLate(row, delay.toMillis());
  else store.put(row);
  return ok(row);
}

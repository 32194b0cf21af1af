import type { ResourceType } from '../resource.js';
import type { VendorRefusal } from './profile.js';

type Refuse = (params: URLSearchParams) => VendorRefusal | undefined;

/** What a search must hold; `_id` is enough for any. */
export function searchRefusal(type: ResourceType, params: URLSearchParams): VendorRefusal | undefined {
  return params.has('_id') ? undefined : refusals[type]?.(params);
}

const refusals: Partial<Record<ResourceType, Refuse>> = {
  Appointment: visitRefusal,
  Communication: messageRefusal,
  Slot: slotRefusal,
};

/** One of three actors, and a closed range of time. */
function visitRefusal(params: URLSearchParams): VendorRefusal | undefined {
  const row = 'Appointment search params';
  const actors = ['patient', 'practitioner', 'location'].flatMap((name) => params.getAll(name));
  if (actors.length !== 1 || actors[0]?.includes(',')) {
    return { why: 'Search by _id or by exactly one of patient, practitioner and location', row };
  }
  if (params.getAll('status').length > 1) return { why: 'The parameter status is not repeatable', row };
  return openRange(params, 'date');
}

function slotRefusal(params: URLSearchParams): VendorRefusal | undefined {
  if (params.getAll('service-type').length !== 1) {
    return { why: 'Search by _id or by one service-type and a range of start', row: 'Slot / Schedule' };
  }
  return openRange(params, 'start');
}

function messageRefusal(params: URLSearchParams): VendorRefusal | undefined {
  const needed = ['category', 'recipient', 'received', '-email-status'];
  if (needed.every((name) => params.has(name))) return undefined;
  return { why: `Search by _id, or by ${needed.join(', ')}`, row: 'Communication' };
}

function openRange(params: URLSearchParams, name: string): VendorRefusal | undefined {
  const bounds = params.getAll(name).map((date) => date.slice(0, 2));
  const closed = bounds.length === 2 && bounds.includes('ge') && bounds.includes('lt');
  if (closed) return undefined;
  return { why: `The range of ${name} must be closed: one ge and one lt`, row: 'Date prefixes' };
}

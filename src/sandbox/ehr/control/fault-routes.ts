import { type FaultSpec, isFaultName } from '../faults/fault-book.js';
import type { World } from '../world.js';
import { badRequest, type ControlReply, type ControlRequest, ok } from './reply.js';

export function addFault({ faults, hospitals }: World, { body }: ControlRequest): ControlReply {
  const spec = (body ?? {}) as FaultSpec;
  if (!isFaultName(spec.name)) return badRequest('there is no fault of this name');
  if (spec.hospital !== undefined && !hospitals.has(spec.hospital))
    return badRequest('there is no such hospital');
  const numbers = [spec.count, spec.seconds, spec.ms, spec.status];
  if (numbers.some((value) => value !== undefined && !(Number.isInteger(value) && value >= 0))) {
    return badRequest('count, seconds, ms and status are whole numbers');
  }
  return ok(faults.add(spec));
}

export const listFaults = ({ faults }: World): ControlReply => ok({ data: faults.list() });

export function clearFaults({ faults }: World): ControlReply {
  faults.clear();
  return ok({ data: [] });
}

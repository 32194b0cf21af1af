import { type FaultSpec, isFaultName } from '../faults/fault-book.js';
import type { World } from '../world.js';
import { badRequest, type ControlReply, type ControlRequest, ok } from './reply.js';

export function addFault({ faults, hospitals }: World, { body }: ControlRequest): ControlReply {
  const spec = (body ?? {}) as FaultSpec;
  if (!isFaultName(spec.name)) return badRequest('there is no fault of this name');
  if (spec.hospital !== undefined && !hospitals.has(spec.hospital))
    return badRequest('there is no such hospital');
  if (spec.form !== undefined && spec.form !== 'seconds' && spec.form !== 'date') {
    return badRequest('form is seconds or date');
  }
  const numbers = [spec.count, spec.seconds, spec.ms, spec.status];
  if (numbers.some((value) => value !== undefined && !(Number.isInteger(value) && value >= 0))) {
    return badRequest('count, seconds, ms and status are whole numbers');
  }
  return ok(faults.add(spec));
}

export const listFaults = ({ faults }: World): ControlReply => ok({ data: faults.list() });

/** Ends the fault hold-answer and sends every answer that waits. */
export function releaseAnswers({ faults, held }: World): ControlReply {
  faults.remove('hold-answer');
  return ok({ released: held.release() });
}

export const countHeld = ({ held }: World): ControlReply => ok({ held: held.size });

export function clearFaults({ faults }: World): ControlReply {
  faults.clear();
  return ok({ data: [] });
}

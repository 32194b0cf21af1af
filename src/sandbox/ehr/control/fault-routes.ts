import { type FaultSpec, isFaultName } from '../faults/fault-book.js';
import type { World } from '../world.js';
import { badRequest, type ControlReply, type ControlRequest, ok } from './reply.js';

export function addFault({ faults, hospitals }: World, { body }: ControlRequest): ControlReply {
  const spec = (body ?? {}) as FaultSpec;
  if (spec.hospital !== undefined && !hospitals.has(spec.hospital))
    return badRequest('there is no such hospital');
  const wrong = complaint(spec);
  return wrong === undefined ? ok(faults.add(spec)) : badRequest(wrong);
}

function complaint(spec: FaultSpec): string | undefined {
  if (!isFaultName(spec.name)) return 'there is no fault of this name';
  if (!oneOf(spec.form, 'seconds', 'date')) return 'form is seconds or date';
  if (!oneOf(spec.versions, 'newer', 'older')) return 'versions is newer or older';
  if (spec.name === 'vanished' && spec.id === undefined) return 'vanished needs the id of a row';
  const numbers = [spec.count, spec.seconds, spec.ms, spec.status, spec.bytes, spec.pages];
  const whole = numbers.every((value) => value === undefined || (Number.isInteger(value) && value >= 0));
  return whole ? undefined : 'count, seconds, ms, status, bytes and pages are whole numbers';
}

const oneOf = (value: unknown, ...known: string[]): boolean =>
  value === undefined || known.includes(value as string);

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

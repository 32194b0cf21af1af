import { FAULT_NAMES, type Fault, type FaultName } from '../faults.js';
import { ok, type Answer, type Call } from '../http.js';
import type { Json } from '../json.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { accountOf, input, optionalNumber, optionalText, text } from './input.js';
import { setStatusEverywhere } from './templates.js';

export const listFaults = (world: World): Answer => ok({ data: world.faults.list() });

/** POST /control/faults: the misbehaviour starts with this call and ends with its count or with DELETE. */
export function addFault(world: World, call: Call): Answer {
  const fault = faultFrom(world, input(call));
  if (fault.name === 'template-pause') setPaused(world, fault, 'PAUSED');
  world.faults.add(fault);
  return ok(fault);
}

/** DELETE /control/faults[?name=]: ends all of them, or those of one name; a paused template is approved again. */
export function removeFaults(world: World, { query }: Call): Answer {
  const name = query.get('name');
  const removed = world.faults.remove(name === null ? undefined : faultName(name));
  for (const fault of removed) if (fault.name === 'template-pause') setPaused(world, fault, 'APPROVED');
  return ok({ removed: removed.length });
}

function faultFrom(world: World, given: Json): Fault {
  return {
    name: faultName(text(given, 'name')),
    phone_number_id:
      given['phone_number_id'] === undefined ? undefined : accountOf(world, given).phoneNumberId,
    count: countOf(given),
    code: optionalNumber(given, 'code'),
    status: optionalNumber(given, 'status'),
    seconds: optionalNumber(given, 'seconds'),
    template: optionalText(given, 'template'),
    language: optionalText(given, 'language'),
  };
}

function countOf(given: Json): number | undefined {
  const count = optionalNumber(given, 'count') ?? (given['name'] === 'duplicate-webhooks' ? 2 : undefined);
  if (count !== undefined && !(Number.isInteger(count) && count > 0))
    throw new ControlError(400, 'count must be a whole number above zero');
  return count;
}

function faultName(given: string): FaultName {
  const name = FAULT_NAMES.find((candidate) => candidate === given);
  if (!name) throw new ControlError(400, `name must be one of ${FAULT_NAMES.join(', ')}`);
  return name;
}

function setPaused(world: World, fault: Fault, status: 'PAUSED' | 'APPROVED'): void {
  const { template: name, language, phone_number_id: phoneNumberId } = fault;
  if (!name || !language) throw new ControlError(400, 'template and language must be given');
  if (setStatusEverywhere(world, { name, language, phoneNumberId }, status) === 0) {
    throw new ControlError(404, 'no business has this template in this language');
  }
}

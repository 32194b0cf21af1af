import { FAULT_NAMES, type Fault, type FaultName } from '../faults.js';
import { ok, type Answer, type Call } from '../http.js';
import type { Json } from '../json.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import {
  accountOf,
  input,
  oneOf,
  optionalCount,
  optionalFlag,
  optionalNumber,
  optionalText,
} from './input.js';
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
  const removed = world.faults.remove(name === null ? undefined : oneOf({ name }, 'name', FAULT_NAMES));
  for (const fault of removed) if (fault.name === 'template-pause') setPaused(world, fault, 'APPROVED');
  return ok({ removed: removed.length });
}

/** Misbehaviour that is asked for so often that it has a name; what is given besides wins. */
const PRESETS: Record<string, Fault> = {
  '429': { name: 'error', code: 130429, status: 429, seconds: 7 },
  '130429': { name: 'error', code: 130429 },
  '131056': { name: 'error', code: 131056 },
  '500': { name: 'error', status: 500, page: true },
  '503': { name: 'error', code: 2, status: 503 },
  hang: { name: 'hang' },
  'reset-before': { name: 'drop-all-sends', reset: true },
  'reset-after': { name: 'drop-answer', reset: true },
};
// Otherwise `count` says how often a fault comes; for these, how many copies it makes, for as long as it is in force.
const COPIES: Partial<Record<FaultName, number>> = { 'duplicate-webhooks': 2, 'duplicate-updates': 2 };

function faultFrom(world: World, asked: Json): Fault {
  const given = { ...presetOf(asked), ...asked };
  const name = oneOf(given, 'name', FAULT_NAMES);
  return {
    name,
    endpoint: optionalText(given, 'endpoint'),
    every: optionalCount(given, 'every'),
    page: optionalFlag(given, 'page'),
    reset: optionalFlag(given, 'reset'),
    statuses: optionalFlag(given, 'statuses'),
    merge: optionalFlag(given, 'merge'),
    phone_number_id:
      given['phone_number_id'] === undefined ? undefined : accountOf(world, given).phoneNumberId,
    count: optionalCount(given, 'count') ?? COPIES[name],
    code: optionalNumber(given, 'code'),
    status: optionalNumber(given, 'status'),
    seconds: optionalNumber(given, 'seconds'),
    template: optionalText(given, 'template'),
    language: optionalText(given, 'language'),
  };
}

function presetOf(given: Json): Json {
  return given['preset'] === undefined ? {} : { ...PRESETS[oneOf(given, 'preset', Object.keys(PRESETS))] };
}

function setPaused(world: World, fault: Fault, status: 'PAUSED' | 'APPROVED'): void {
  const { template: name, language, phone_number_id: phoneNumberId } = fault;
  if (!name || !language) throw new ControlError(400, 'template and language must be given');
  if (setStatusEverywhere(world, { name, language, phoneNumberId }, status) === 0) {
    throw new ControlError(404, 'no business has this template in this language');
  }
}

import type { Answer, Call } from '../http.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { sendEvent } from './events.js';
import { addFault, listFaults, removeFaults } from './faults.js';
import { listHeld, releaseHeld } from './held.js';
import { listAttempts, listDeliveries, listMessages } from './history.js';
import { changeNumber } from './numbers.js';
import { act, listContacts, moveToNumber, putContact, renewUserId } from './patients.js';
import { changeSettings } from './settings.js';
import { idle, moveClock, state } from './state.js';
import { summary } from './summary.js';
import { reviewTemplate } from './templates.js';
import { redeliver, sendRawWebhook, setWebhook } from './webhooks.js';

type Route = (world: World, call: Call, ids: string[]) => Answer | Promise<Answer>;

/** An asterisk stands for one id or name, handed to the route in order. */
const ROUTES: Record<string, Route> = {
  'GET state': state,
  'GET idle': idle,
  'GET messages': listMessages,
  'GET attempts': listAttempts,
  'GET summary': summary,
  'GET held': listHeld,
  'POST release': releaseHeld,
  'GET deliveries': listDeliveries,
  'POST deliveries/*/redeliver': redeliver,
  'GET contacts': listContacts,
  'POST contacts': putContact,
  'POST contacts/*/change-number': moveToNumber,
  'POST contacts/*/change-user-id': renewUserId,
  'POST contacts/*/*': act,
  'POST webhook': setWebhook,
  'POST send-raw-webhook': sendRawWebhook,
  'POST templates': reviewTemplate,
  'POST numbers': changeNumber,
  'POST events': sendEvent,
  'POST clock': moveClock,
  'POST settings': changeSettings,
  'GET faults': listFaults,
  'POST faults': addFault,
  'DELETE faults': removeFaults,
};

/** The side of the sandbox that Meta does not have: patients' phones, histories, clock and faults. */
export async function controlPlane(world: World, call: Call): Promise<Answer> {
  try {
    return await route(world, call);
  } catch (error) {
    if (error instanceof ControlError) return { status: error.status, body: { error: error.message } };
    throw error;
  }
}

function route(world: World, call: Call): Answer | Promise<Answer> {
  const wanted = call.path.slice(1);
  for (const [key, handler] of Object.entries(ROUTES)) {
    const [method, path] = key.split(' ') as [string, string];
    const ids = method === call.method ? idsOf(path.split('/'), wanted) : undefined;
    if (ids) return handler(world, call, ids);
  }
  throw new ControlError(404, 'no such control route');
}

function idsOf(pattern: string[], path: string[]): string[] | undefined {
  const fits =
    pattern.length === path.length && pattern.every((part, at) => part === '*' || part === path[at]);
  return fits ? path.filter((_, at) => pattern[at] === '*') : undefined;
}

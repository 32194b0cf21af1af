import type { Account, Business } from '../model.js';
import type { Answer, Call } from '../http.js';
import { SEND } from '../faults.js';
import type { World } from '../world.js';
import { getBusiness, listSubscriptions, subscribe, unsubscribe } from './business.js';
import { blockUsers, listBlocked, unblockUsers } from './block-users.js';
import { errorAnswer, GraphError, invalidToken, unknownObject, unknownPath } from './graph-error.js';
import { beginAttempt, postMessage, refused } from './messages.js';
import { misbehaveAfter, misbehaveBefore, type Place } from './misbehaviour.js';
import { getPhoneNumber, listPhoneNumbers } from './phone-numbers.js';
import { deregister, register } from './registration.js';
import { createTemplate, listTemplates } from './templates.js';

type Route<T> = (world: World, object: T, call: Call) => Answer | Promise<Answer>;

const VERSION = /^v\d+\.\d+$/;

const NUMBER_ROUTES: Record<string, Route<Account>> = {
  [SEND]: postMessage,
  'GET ': (_, account, call) => getPhoneNumber(account, call),
  'POST register': (_, account, call) => register(account, call),
  'POST deregister': (_, account) => deregister(account),
  'GET block_users': (_, account) => listBlocked(account),
  'POST block_users': blockUsers,
  'DELETE block_users': unblockUsers,
};

const BUSINESS_ROUTES: Record<string, Route<Business>> = {
  'GET ': (_, business, call) => getBusiness(business, call),
  'GET phone_numbers': (_, business, call) => listPhoneNumbers(business, call),
  'GET message_templates': (_, business, call) => listTemplates(business, call),
  'POST message_templates': createTemplate,
  'GET subscribed_apps': (_, business) => listSubscriptions(business),
  'POST subscribed_apps': subscribe,
  'DELETE subscribed_apps': (_, business) => unsubscribe(business),
};

/** Answers as graph.facebook.com does: any /v<digits>.<digits>/ prefix, errors in Meta's envelope. */
export async function graphApi(world: World, call: Call): Promise<Answer> {
  try {
    return await route(world, call);
  } catch (error) {
    if (error instanceof GraphError) return errorAnswer(error, world.ids.trace());
    throw error;
  }
}

function route(world: World, call: Call): Answer | Promise<Answer> {
  const [version, id, edge = '', ...rest] = call.path;
  if (!VERSION.test(version ?? '') || id === undefined || rest.length > 0) throw unknownPath(call.path);
  const key = `${call.method} ${edge}`;
  const account = world.accounts.get(id);
  const business = world.businesses.get(id);
  authorise(world, call, { id, account, business, isSend: key === SEND });
  const handler = account ? NUMBER_ROUTES[key] : BUSINESS_ROUTES[key];
  if (!handler) throw unknownPath(call.path.slice(2));
  const carryOut = () => handler(world, (account ?? business) as Account & Business, call);
  if (key === SEND) return carryOut();
  return misbehaving(world, { endpoint: edge === '' ? `${call.method} node` : key, account }, carryOut);
}

async function misbehaving(
  world: World,
  place: Place,
  carryOut: () => Answer | Promise<Answer>,
): Promise<Answer> {
  return misbehaveBefore(world, place) ?? misbehaveAfter(world, place, await carryOut());
}

interface Target {
  id: string;
  account?: Account;
  business?: Business;
  isSend: boolean;
}

/** A token that nobody has is 190; a good one that does not reach this object is 100 with subcode 33. */
function authorise(world: World, call: Call, { id, account, business, isSend }: Target): void {
  const token = /^Bearer (.+)$/.exec(call.authorization)?.[1];
  const owners = account ? [account] : (business?.phoneNumbers ?? []);
  if (owners.some(({ accessToken }) => accessToken === token)) return;
  const isKnown = [...world.accounts.values()].some(({ accessToken }) => accessToken === token);
  const error = isKnown ? unknownObject(id, call.method) : invalidToken();
  if (account && isSend) refused(beginAttempt(world, account.phoneNumberId, call), error);
  throw error;
}

import type { Account } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { isText } from '../json.js';
import { GraphError } from './graph-error.js';
import { jsonBody } from './json-body.js';

/** The first PIN is kept as the two-step verification of the number; a later registration must repeat it. */
export function register(account: Account, call: Call): Answer {
  const { messaging_product: product, pin } = jsonBody(call);
  if (product !== 'whatsapp') throw new GraphError(100, 'The parameter messaging_product is required.');
  if (!isText(pin) || !/^\d{6}$/.test(pin)) throw new GraphError(100, 'Param pin must be 6 digits.');
  if (account.pin !== undefined && account.pin !== pin) throw new GraphError(133005, 'The PIN is not right.');
  account.pin = pin;
  account.registered = true;
  return ok({ success: true });
}

/** From here on every send of the number is refused with 133010. */
export function deregister(account: Account): Answer {
  account.registered = false;
  return ok({ success: true });
}

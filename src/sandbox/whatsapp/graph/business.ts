import type { Account, Business } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { isText } from '../json.js';
import { handshake } from '../webhooks/handshake.js';
import type { World } from '../world.js';
import { pick } from './fields.js';
import { GraphError } from './graph-error.js';
import { jsonBody } from './json-body.js';

/** Meta's code for a callback address whose handshake fails. */
const CALLBACK_VERIFICATION_FAILED = 2200;

export const getBusiness = (business: Business, { query }: Call): Answer => {
  const node = {
    id: business.id,
    name: 'Sandbox business',
    currency: 'USD',
    timezone_id: '1',
    account_review_status: 'APPROVED',
  };
  return ok(pick(node, query.get('fields'), ['name', 'currency', 'timezone_id']));
};

export const listSubscriptions = ({ id, subscribed }: Business): Answer =>
  ok({
    data: subscribed ? [{ whatsapp_business_api_data: { id: `app-of-${id}`, name: 'Sandbox app' } }] : [],
  });

/** Without a subscription a business gets no webhooks. An override address must pass the handshake first. */
export async function subscribe(world: World, business: Business, call: Call): Promise<Answer> {
  const { override_callback_uri: url, verify_token: token } = jsonBody(call);
  if (url !== undefined) await moveCallback(world, business.phoneNumbers, url, token);
  business.subscribed = true;
  return ok({ success: true });
}

export function unsubscribe(business: Business): Answer {
  business.subscribed = false;
  return ok({ success: true });
}

async function moveCallback(world: World, accounts: Account[], url: unknown, token: unknown): Promise<void> {
  if (!isText(url) || !URL.canParse(url) || !isText(token)) {
    throw new GraphError(100, 'override_callback_uri must be a URL and comes with verify_token.');
  }
  const { ok: passed } = await handshake(world, url, token);
  if (!passed)
    throw new GraphError(CALLBACK_VERIFICATION_FAILED, 'Callback verification failed', { status: 400 });
  for (const account of accounts) account.webhookUrl = url;
}

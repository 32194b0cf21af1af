import { ok, type Answer, type Call } from '../http.js';
import { isText } from '../json.js';
import { handshake } from '../webhooks/handshake.js';
import { signatureOf, webhookBytes } from '../webhooks/signature.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { accountOf, input, optionalText, text } from './input.js';

/** POST /control/webhook: keeps the callback address whatever the handshake says, and answers what it said. */
export async function setWebhook(world: World, call: Call): Promise<Answer> {
  const given = input(call);
  const account = accountOf(world, given);
  const url = text(given, 'url');
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:')
    throw new ControlError(400, 'url must be an http address');
  account.webhookUrl = url;
  return ok(await handshake(world, url, account.verifyToken));
}

/** POST /control/deliveries/{n}/redeliver: the same bytes once more, at once. */
export async function redeliver(world: World, _: Call, [n]: string[]): Promise<Answer> {
  const delivery = world.courier.deliveries.at(Number(n));
  if (!delivery) throw new ControlError(404, 'no such delivery');
  if (!delivery.bytes) throw new ControlError(410, 'the body of this delivery is no longer kept');
  const { account, bytes } = delivery;
  const { status } = await world.courier.sendNow(account, bytes, signatureOf(account.appSecret, bytes));
  delivery.tries += 1;
  return ok({ status });
}

/**
 * POST /control/send-raw-webhook: any body, sent once. A text goes as it is, anything else as Meta writes it.
 * `signature` is good, bad, missing, restringified (right secret, wrong bytes) or the header's own value.
 */
export async function sendRawWebhook(world: World, call: Call): Promise<Answer> {
  const given = input(call);
  const account = accountOf(world, given);
  if (!account.webhookUrl) throw new ControlError(409, 'this account has no webhook address yet');
  const bytes = isText(given['body']) ? Buffer.from(given['body']) : webhookBytes(given['body'] ?? {});
  const signature = rawSignature(optionalText(given, 'signature') ?? 'good', account.appSecret, bytes);
  const { status } = await world.courier.sendNow(account, bytes, signature);
  return ok({ status });
}

function rawSignature(kind: string, appSecret: string, bytes: Buffer): string | undefined {
  if (kind === 'missing') return undefined;
  if (kind === 'good') return signatureOf(appSecret, bytes);
  if (kind === 'bad') return signatureOf(`not ${appSecret}`, bytes);
  if (kind === 'restringified') return signatureOf(appSecret, restringified(bytes));
  return kind;
}

function restringified(bytes: Buffer): Buffer {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(bytes.toString('utf8'))));
  } catch {
    throw new ControlError(400, 'only a JSON body can be signed restringified');
  }
}

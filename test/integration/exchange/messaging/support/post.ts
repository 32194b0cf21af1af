import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { signatureOf } from '../../../../../src/exchange/messaging/domain/signature.js';
import { SECRETS, ST_MARYS, type Bench, type Told } from './bench.js';

const FOLDER = fileURLToPath(new URL('../../../../fixtures/whatsapp/', import.meta.url));

/** The recorded webhooks by name. */
export const FIXTURES = readdirSync(FOLDER).map((file) => file.replace('.json', ''));

export function fixture(name: string): Told {
  return JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8'));
}

/** As Meta writes it: everything above U+007F escaped. */
export function asMeta(value: unknown): Buffer {
  const text = JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(text);
}

/** Posts bytes once, with this signature or none. */
export function post(bench: Bench, bytes: Buffer, signature: string | undefined): Promise<Response> {
  return fetch(`${bench.url}/webhooks/whatsapp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(signature && { 'x-hub-signature-256': signature }) },
    body: new Uint8Array(bytes),
  });
}

/** Posts bytes once, signed with the secret of a number. */
export function postSigned(bench: Bench, bytes: Buffer, number = ST_MARYS): Promise<Response> {
  return post(bench, bytes, signatureOf(SECRETS[number]!, bytes));
}

const TRIES = 40;
const PAUSE_MS = 100;

/** Posts as Meta does: what is busy (503, for which a slow machine suffices) gets it again. Any other answer counts. */
export async function deliver(post: () => Promise<Response>): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const answer = await post();
    if (answer.status !== 503 || tries === TRIES) return answer;
    await answer.arrayBuffer();
    await sleep(PAUSE_MS);
  }
}

/** Delivers bytes that are signed with the secret of a number. */
export function deliverSigned(bench: Bench, bytes: Buffer, number = ST_MARYS): Promise<Response> {
  return deliver(() => postSigned(bench, bytes, number));
}

/** A webhook of one message or of statuses for St Mary's number. */
export function webhookOf(value: object, id = '200300400'): object {
  const metadata = { display_phone_number: '18005550190', phone_number_id: ST_MARYS };
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } };
  return { object: 'whatsapp_business_account', entry: [{ id, changes: [change] }] };
}

export function textFrom(waId: string, wamid: string, body: unknown, at = new Date()): object {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  return webhookOf({ messages: [{ from: waId, id: wamid, timestamp, type: 'text', text: { body } }] });
}

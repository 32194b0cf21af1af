import { signatureOf } from '../../src/exchange/messaging/domain/signature.js';

export const NUMBER = { id: '100200300', businessAccountId: '200300400', secret: 'secret-of-the-bench' };

/** What a webhook of the bench brings: messages and statuses by turns, or one of them. */
export type Kind = 'mixed' | 'statuses' | 'messages';

/** How many people write: what lies between a quiet ward and a whole hospital. */
const CONTACTS = 5_000;
const WEBHOOK_AT = '/webhooks/whatsapp';

/** A whole HTTP request, signed, about 0.5 kB of body; another one for every number. */
export function requestOf(kind: Kind, n: number): Buffer {
  const body = Buffer.from(JSON.stringify(webhookOf(isStatus(kind, n) ? statusOf(n) : messageOf(n))));
  const head = [
    `POST ${WEBHOOK_AT} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `X-Hub-Signature-256: ${signatureOf(NUMBER.secret, body)}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** From the numbers kept for fiction: 555-01xx of every area code. */
export function contactOf(n: number): string {
  const who = n % CONTACTS;
  return `1${200 + Math.floor(who / 100)}55501${String(who % 100).padStart(2, '0')}`;
}

/** The attempt of the n-th message in the ledger. */
export function attemptOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function wamidOf(n: number): string {
  return `wamid.${Buffer.from(`bench-outbound-${n}`.padEnd(36, '.')).toString('base64')}`;
}

function isStatus(kind: Kind, n: number): boolean {
  return kind === 'statuses' || (kind === 'mixed' && n % 4 !== 0);
}

function webhookOf(value: object): object {
  const metadata = { display_phone_number: '18005550190', phone_number_id: NUMBER.id };
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } };
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: NUMBER.businessAccountId, changes: [change] }],
  };
}

function secondsNow(): string {
  return String(Math.floor(Date.now() / 1000));
}

function messageOf(n: number): object {
  const from = contactOf(n);
  return {
    contacts: [{ profile: { name: 'A. Patient' }, wa_id: from }],
    messages: [
      {
        from,
        id: `wamid.${Buffer.from(`bench-inbound-${n}`.padEnd(36, '.')).toString('base64')}`,
        timestamp: secondsNow(),
        type: 'text',
        text: {
          body: `Question ${n}: may I drink water before the blood test at nine, and where do I go first?`,
        },
      },
    ],
  };
}

function statusOf(n: number): object {
  return {
    statuses: [
      {
        id: wamidOf(n),
        status: 'delivered',
        timestamp: secondsNow(),
        recipient_id: contactOf(n),
        biz_opaque_callback_data: attemptOf(n),
        pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
      },
    ],
  };
}

import { createHmac } from 'node:crypto';

/** JSON as Meta writes it: every code unit above U+007F as \uXXXX. Those bytes are signed and sent, none other. */
export function webhookBytes(body: unknown): Buffer {
  const escaped = JSON.stringify(body).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(escaped, 'ascii');
}

/** The value of X-Hub-Signature-256: HMAC-SHA256 of the raw bytes under the app secret. */
export const signatureOf = (appSecret: string, bytes: Buffer): string =>
  `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`;

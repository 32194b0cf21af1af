import { randomBytes } from 'node:crypto';

/** What AES-GCM takes (SP 800-38D section 5.2.1.1). */
export const NONCE_BYTES = 12;
const NONCES_IN_STOCK = 512;

/** Random bytes for many nonces at once: a system call for each would cost as much as the cipher (measured). */
const stock = { bytes: Buffer.alloc(0), at: 0 };

/** 12 random bytes, given out once. */
export function nextNonce(): Buffer {
  if (stock.at === stock.bytes.length) {
    Object.assign(stock, { bytes: randomBytes(NONCES_IN_STOCK * NONCE_BYTES), at: 0 });
  }
  return stock.bytes.subarray(stock.at, (stock.at += NONCE_BYTES));
}

import { NONCE_BYTES, nextNonce } from './nonces.js';

describe('a nonce', () => {
  it('has 12 bytes and is given out once, over several stocks', () => {
    const nonces = Array.from({ length: 2_000 }, () => nextNonce());
    expect(nonces.every(({ length }) => length === NONCE_BYTES)).toBe(true);
    expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(nonces.length);
  });
});

import { publicRandom } from './random.js';

describe('random bytes from the stock', () => {
  it('have the size that was asked for and never come twice, also when the stock is renewed', () => {
    const nonces = Array.from({ length: 2_000 }, () => publicRandom(12));
    expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(2_000);
    expect(nonces.every(({ length }) => length === 12)).toBe(true);
  });

  it('of different callers share no memory', () => {
    const [one, other] = [publicRandom(12), publicRandom(12)];
    const before = other.toString('hex');
    one.fill(0);
    expect(other.toString('hex')).toBe(before);
  });
});

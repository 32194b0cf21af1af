import fc from 'fast-check';
import { lengthPrefixed } from './length-prefixed.js';

describe('a length-prefixed list', () => {
  const parts = fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { maxLength: 5 });

  it('gives different lists different bytes', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.length === other.length && one.every((part, n) => part === other[n]);
        expect(lengthPrefixed(one).equals(lengthPrefixed(other))).toBe(same);
      }),
    );
  });

  it('does not let a border move', () => {
    expect(lengthPrefixed(['ab', 'c'])).not.toEqual(lengthPrefixed(['a', 'bc']));
    expect(lengthPrefixed(['ab'])).toEqual(Buffer.from([0, 0, 0, 2, 0x61, 0x62]));
  });
});

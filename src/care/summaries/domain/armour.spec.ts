import fc from 'fast-check';
import { armour, disarm } from './armour.js';

describe('the armour', () => {
  it('gives back what it carries, under any notice and with any line ends', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.boolean(), (notice, jwe, windows) => {
        const text = armour(notice.replaceAll('-----', ''), jwe.toWellFormed());
        expect(disarm(windows ? text.replaceAll('\n', '\r\n') : text)).toBe(jwe.toWellFormed());
      }),
    );
  });

  it('has lines of at most 64 characters below the notice', () => {
    const lines = armour('Notice', 'x'.repeat(1_000)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(64);
  });

  it('is not found where there is none', () => expect(disarm('Only a notice')).toBeNull());
});

import fc from 'fast-check';
import { isUserId, isWaId, matchKey } from './wa-id.js';

// Area 00 exists in none of these countries: no number here is anybody's.
const ZEROS = '0'.repeat(10);

describe('the ways to write one phone', () => {
  it.each([
    ['Mexico', `521${ZEROS}`, `52${ZEROS}`],
    ['Argentina', `549${ZEROS}`, `54${ZEROS}`],
    ['Brazil', '5500960000000', '550060000000'],
  ])('in %s meet', (_, whatsApp, other) => {
    expect(matchKey(whatsApp)).toBe(matchKey(other));
  });

  it('do not make a Brazilian mobile out of a landline', () => {
    expect(matchKey('5500930000000')).not.toBe(matchKey('550030000000'));
  });

  it('stay apart elsewhere, and meeting twice changes nothing', () => {
    expect(matchKey('12125550142')).toBe('12125550142');
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{6,14}$/), (digits) => {
        expect(matchKey(matchKey(digits))).toBe(matchKey(digits));
        expect(isWaId(matchKey(digits))).toBe(true);
      }),
    );
  });
});

describe('an identity from outside', () => {
  it.each(['', '+12125550142', '012345678', '1'.repeat(16), 'abc', '1212555 0142'])(
    '%j is no phone',
    (text) => {
      expect(isWaId(text)).toBe(false);
    },
  );

  it.each(['', 'a b', 'x'.repeat(129), 'é'])('%j is no user id', (text) => {
    expect(isUserId(text)).toBe(false);
  });

  it('is a user id with letters, digits and dots', () => {
    expect(isUserId('US.13491208655302741918')).toBe(true);
  });
});

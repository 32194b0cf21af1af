import fc from 'fast-check';
import { candidates, isUserId, isWaId, matchKey, modernForm } from './wa-id.js';

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

describe('the candidates for one phone', () => {
  it.each([
    // libphonenumber's own examples.
    ['Mexico', '522221234567', '5212221234567'],
    ['Argentina', '5491123456789', '541123456789'],
    ['Brazil', '5511961234567', '551161234567'],
  ])('in %s are E.164 first, then the other way, from either', (_, e164, other) => {
    expect(candidates(e164)).toEqual([e164, other]);
    expect(candidates(other)).toEqual([e164, other]);
    expect([modernForm(other), modernForm(e164)]).toEqual([e164, null]);
  });

  it.each(['12125550142', '61491570156', '551123456789', '5511912345678'])(
    'of %s is itself alone',
    (digits) => {
      expect(candidates(digits)).toEqual([digits]);
    },
  );

  it('always hold the number, and meet under one key', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(52|521|54|549|55)\d{8,11}$/), (digits) => {
        const all = candidates(digits);
        expect(all).toContain(digits);
        for (const one of all) expect([candidates(one), matchKey(one)]).toEqual([all, matchKey(digits)]);
      }),
      { numRuns: 2_000 },
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

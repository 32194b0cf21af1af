import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { readNumber } from './number.policy.js';

const REGIONS = ['US', 'GB', 'IN', 'AU', 'MX', 'AR', 'BR', 'XX'];
const numbers = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(...'0123456789+-() .;x#٢'.split('')), maxLength: 24 }),
  fc.stringMatching(/^(tel:|whatsapp:|00)?\+?(1|44|52|521|54|549|55|61|91)\d{6,11}$/),
);

describe('a telephone number', () => {
  it.each([
    ['(212) 555-0142', 'US', '12125550142'],
    ['+1 212 555 0142', 'IN', '12125550142'],
    ['tel:+1-212-555-0142', 'IN', '12125550142'],
    ['whatsapp:+12125550142', 'IN', '12125550142'],
    ['sms:+12125550142', 'IN', '12125550142'],
    ['0061 491 570 006', 'GB', '61491570006'],
    ['0491 570 156', 'AU', '61491570156'],
    ['٢١٢٥٥٥٠١٤٢', 'US', '12125550142'],
    // The plans of these three have no range for fiction: libphonenumber's own examples.
    ['011 15 2345 6789', 'AR', '5491123456789'],
    ['011 15-2345-6789', 'AR', '5491123456789'],
    ['+52 1 222 123 4567', 'IN', '522221234567'],
    ['222 123 4567', 'MX', '522221234567'],
    ['(11) 96123-4567', 'BR', '5511961234567'],
    // As it was before Brazil's ninth digit.
    ['+55 11 6123 4567', 'IN', '5511961234567'],
  ])('%s in %s is %s', (text, region, number) => {
    expect(readNumber(text, region)).toEqual({ number });
  });

  it.each([
    ['number-with-words', '6175550134 (wife)'],
    ['number-with-words', 'call 2125550142'],
    ['number-with-words', '2125550142 or 2125550143'],
    ['number-with-extension', '2125550142 ext. 12'],
    ['number-with-extension', '2125550142 x12'],
    ['number-with-extension', '2125550142;ext=12'],
    ['number-several', '2125550142 2125550143'],
    ['number-several', '+1 212-555-0142 / +1 212-555-0143'],
    // Possible, and nobody's.
    ['number-invalid', '000-000-0000'],
    ['number-invalid', '12'],
    ['number-invalid', ''],
    ['number-landline', '020 7946 0123'],
    ['number-of-service', '+1 800 555 0142'],
  ])('%s: %s', (fault, text) => {
    const region = text.startsWith('020') ? 'GB' : 'US';
    expect(readNumber(text, region)).toEqual({ fault });
  });

  it('of the Channel Islands is read as what it looks like, and its country told to nobody', () => {
    expect(parsePhoneNumberFromString('07911 123456', 'GB')?.country).toBe('GG');
    expect(readNumber('07911 123456', 'GB')).toEqual({ number: '447911123456' });
  });

  it('never throws, and is never one that is not valid', () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom(...REGIONS), (text, region) => {
        const read = readNumber(text, region);
        if ('number' in read) expect(parsePhoneNumberFromString(`+${read.number}`)?.isValid()).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('read once more is the same, wherever the hospital is', () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom(...REGIONS), fc.constantFrom(...REGIONS), (text, one, other) => {
        const read = readNumber(text, one);
        if ('number' in read) expect(readNumber(`+${read.number}`, other)).toEqual(read);
      }),
      { numRuns: 2_000 },
    );
  });
});

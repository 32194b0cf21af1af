import fc from 'fast-check';
import type { ContactPoint } from 'fhir/r4.js';
import { reachableAt } from './telecom.policy.js';

const DESK = { country: 'US', timeZone: 'America/New_York', now: new Date('2026-11-23T06:00:00Z') };
const reach = (telecom: (Partial<ContactPoint> & { value?: string })[]) =>
  reachableAt({ telecom: telecom.map((one) => ({ system: 'phone', ...one })) }, DESK);
const numbersAt = (telecom: (Partial<ContactPoint> & { value?: string })[]) =>
  reach(telecom).numbers.map(({ number }) => number);

describe('where a patient can be reached', () => {
  it.each([
    ['no-number', []],
    ['no-number', [{ system: 'email' as const, value: 'a@b.example' }]],
    ['number-not-current', [{ value: '2125550142', use: 'old' as const }]],
    ['number-not-current', [{ value: '2125550142', period: { end: '2026-11-22' } }]],
    ['number-not-current', [{ value: '2125550142', period: { end: '2025' } }]],
    ['number-not-current', [{ value: '2125550142', period: { start: '2027-01-01' } }]],
    ['number-not-current', [{ value: '2125550142', period: { end: 'soon' } }]],
    ['number-with-words', [{ value: '2125550142 (wife)' }]],
    ['number-with-words', [{ value: '2125550142', use: 'old' as const }, { value: 'Bob 2125550143' }]],
    ['number-with-extension', [{ value: '2125550142 ext. 12' }]],
    ['number-several', [{ value: '2125550142/2125550143' }]],
    ['number-invalid', [{ value: '000-000-0000' }]],
    ['number-landline', [{ value: '+44 20 7946 0123' }]],
  ])('is nowhere: %s', (fault, telecom) => {
    expect(reach(telecom).fault).toBe(fault);
  });

  it('is a number that ends today, all day long, and from then on nowhere', () => {
    expect(reach([{ value: '2125550142', period: { end: '2026-11-23' } }])).toEqual({
      numbers: [{ number: '12125550142', from: null, until: new Date('2026-11-24T05:00:00Z') }],
      fault: null,
      review: null,
    });
  });

  it('is first the mobile, then the lowest rank, then home', () => {
    const [one, two, three, four, five, six] = [1, 2, 3, 4, 5, 6].map((n) => `1212555010${n}`);
    expect(
      numbersAt([
        { value: one, use: 'work' },
        { value: two, use: 'home' },
        { value: three, use: 'mobile', rank: 3 },
        { value: four, use: 'mobile', rank: 1 },
        { value: five },
        { value: six, use: 'work', rank: 2 },
        { value: '(212) 555-0104' },
      ]),
    ).toEqual([four, three, six, two, five, one]);
  });

  it('is also a number by text message only', () => {
    expect(numbersAt([{ system: 'sms', value: '2125550142' }])).toEqual(['12125550142']);
  });

  it.each([
    ['number-with-words', '2125550143 (wife)'],
    ['number-several', '2125550143 2125550144'],
    ['number-invalid', '12'],
    [null, '+44 20 7946 0123'],
    [null, '2125550143 ext. 4'],
  ])('is for staff to mend beside a good number: %s', (review, value) => {
    expect(reach([{ value: '2125550142', use: 'mobile' }, { value }])).toMatchObject({ fault: null, review });
  });

  it('is for staff to mend where no number is good, but not where there is none', () => {
    expect(reach([{ value: '2125550142', use: 'old' }]).review).toBe('number-not-current');
    expect(reach([]).review).toBeNull();
  });

  it('never throws and gives only digits, whatever stands in the record', () => {
    const point = fc.record(
      {
        system: fc.oneof(fc.constantFrom('phone', 'sms', 'email'), fc.anything()),
        value: fc.oneof(fc.string(), fc.anything()),
        use: fc.oneof(fc.constantFrom('home', 'mobile', 'old'), fc.anything()),
        rank: fc.anything(),
        period: fc.oneof(fc.record({ start: fc.string(), end: fc.string() }), fc.anything()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.oneof(point, fc.anything())), fc.anything()), (telecom) => {
        for (const { number } of reachableAt({ telecom }, DESK).numbers)
          expect(number).toMatch(/^[1-9]\d{6,14}$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

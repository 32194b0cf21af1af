import fc from 'fast-check';
import type { ContactPoint, Patient } from 'fhir/r4.js';
import { reachableAt } from './telecom.policy.js';

const NOW = new Date('2026-11-23T06:00:00Z');
const at = (telecom: (Partial<ContactPoint> & { value?: string })[], country = 'US') =>
  reachableAt(
    { resourceType: 'Patient', telecom: telecom.map((one) => ({ system: 'phone', ...one })) } as Patient,
    country,
    NOW,
  );

describe('where a patient can be reached', () => {
  it.each([
    ['(212) 555-0142', 'US', '12125550142'],
    ['+1 212 555 0142', 'IN', '12125550142'],
    ['tel:+1-212-555-0142', 'IN', '12125550142'],
    ['whatsapp:+12125550142', 'IN', '12125550142'],
    ['020 7946 0123', 'GB', '442079460123'],
    ['0061 491 570 006', 'GB', '61491570006'],
    ['0491 570 156', 'AU', '61491570156'],
    ['٢١٢٥٥٥٠١٤٢', 'US', '12125550142'],
  ])('%s in %s', (value, country, number) => {
    expect(at([{ value }], country)).toEqual({ numbers: [number] });
  });

  it.each([
    ['no-number', []],
    ['no-number', [{ system: 'email' as const, value: 'a@b.example' }]],
    ['number-not-current', [{ value: '2125550142', use: 'old' as const }]],
    ['number-not-current', [{ value: '2125550142', period: { end: '2026-11-22' } }]],
    ['number-not-current', [{ value: '2125550142', period: { end: '2025' } }]],
    ['number-not-current', [{ value: '2125550142', period: { start: '2027-01-01' } }]],
    ['number-with-words', [{ value: '2125550142 (wife)' }]],
    ['number-with-words', [{ value: 'call 2125550142' }]],
    ['number-with-extension', [{ value: '2125550142 ext. 12' }]],
    ['number-with-extension', [{ value: '2125550142 x12' }]],
    ['number-with-extension', [{ value: '2125550142;ext=12' }]],
    ['number-invalid', [{ value: '2125550142 2125550143' }]],
    ['number-invalid', [{ value: '2125550142/2125550143' }]],
    ['number-invalid', [{ value: '000-000-0000' }]],
    ['number-invalid', [{ value: '12' }]],
    ['number-invalid', [{ value: '' }]],
    ['number-with-words', [{ value: '2125550142', use: 'old' as const }, { value: 'Bob 2125550143' }]],
  ])('is nowhere: %s', (fault, telecom) => {
    expect(at(telecom)).toEqual({ fault });
  });

  it('is a number that ends today, all day long', () => {
    expect(at([{ value: '2125550142', period: { end: '2026-11-23' } }])).toEqual({
      numbers: ['12125550142'],
    });
  });

  it('is first the mobile, then the lowest rank, then home', () => {
    expect(
      at([
        { value: '2125550101', use: 'work' },
        { value: '2125550102', use: 'home' },
        { value: '2125550103', use: 'mobile', rank: 3 },
        { value: '2125550104', use: 'mobile', rank: 1 },
        { value: '2125550105' },
        { value: '(212) 555-0104' },
      ]),
    ).toEqual({ numbers: ['12125550104', '12125550103', '12125550102', '12125550105', '12125550101'] });
  });

  it('never throws and gives only digits, whatever stands in the record', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, end) => {
        const reach = at([{ value, period: { end } }]);
        if ('numbers' in reach) expect(reach.numbers).toEqual([expect.stringMatching(/^[1-9]\d{6,14}$/)]);
      }),
    );
  });
});

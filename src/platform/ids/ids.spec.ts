import fc from 'fast-check';
import { isUuid, newId, publicId, uuidFromPublicId } from './ids.js';

describe('ids', () => {
  it('makes version 7 ids that sort by the time they were made', () => {
    const earlier = newId(1_700_000_000_000);
    const later = newId(1_700_000_000_001);
    expect(isUuid(earlier)).toBe(true);
    expect(earlier[14]).toBe('7');
    expect(earlier < later).toBe(true);
  });

  it('makes ids that rise in the order in which they are made, however many a millisecond brings', () => {
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids.every(isUuid)).toBe(true);
  });

  it('gives every UUID one public form and takes it back', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const shown = publicId('cnv', uuid);
        expect(shown).toMatch(/^cnv_[0-9a-z]{26}$/);
        expect(uuidFromPublicId('cnv', shown)).toBe(uuid);
      }),
    );
  });

  it('refuses another prefix, a wrong length and a value beyond 128 bits', () => {
    const shown = publicId('cnv', newId());
    expect(uuidFromPublicId('msg', shown)).toBeNull();
    expect(uuidFromPublicId('cnv', `${shown}0`)).toBeNull();
    expect(uuidFromPublicId('cnv', `cnv_${'z'.repeat(26)}`)).toBeNull();
  });
});

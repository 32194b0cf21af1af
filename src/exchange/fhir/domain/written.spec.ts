import { faultsFor, loadDefinitions } from '../../../../test/support/valid-r4.js';
import { samplesFor } from '../../../../test/support/written-samples.js';
import { carries, keptWhole, oursAmong } from './written-match.js';

const IDENTIFIER = { system: 'urn:carethread:test', value: '1' };
const OTHER = { ...IDENTIFIER, value: '2' };
const SAMPLES = samplesFor(IDENTIFIER);

describe.each(SAMPLES)('a $resourceType that we write', (sample) => {
  beforeAll(loadDefinitions);

  it('is valid R4', () => expect(faultsFor(sample)).toEqual([]));

  it('is known by its identifier, and no other is', () => {
    expect(carries(sample, IDENTIFIER)).toBe(true);
    expect(carries(sample, OTHER)).toBe(false);
  });

  it('is found among others of its type', () => {
    const type = sample.resourceType;
    const shown = [{ ...sample, id: 'b' }, { ...sample, id: 'a' }, ...samplesFor(OTHER)];
    expect(oursAmong(shown, type, IDENTIFIER).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('is kept whole when the EHR adds what is its own', () => {
    expect(keptWhole({ ...sample, id: '1', language: 'en' }, sample, IDENTIFIER)).toBe(true);
    expect(
      keptWhole(
        samplesFor(OTHER).find((one) => one.resourceType === sample.resourceType)!,
        sample,
        IDENTIFIER,
      ),
    ).toBe(false);
  });
});

describe('what is withdrawn', () => {
  it('comes after what stands', () => {
    const [, observation] = SAMPLES;
    const shown = [
      { ...observation!, id: 'a', status: 'entered-in-error' },
      { ...observation!, id: 'b' },
    ] as typeof SAMPLES;
    expect(oursAmong(shown, 'Observation', IDENTIFIER).map(({ id }) => id)).toEqual(['b', 'a']);
  });
});

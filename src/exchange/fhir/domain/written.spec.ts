import type { Communication } from 'fhir/r4.js';
import { faultsByValidators, faultsFor, loadDefinitions } from '../../../../test/support/valid-r4.js';
import { samplesFor } from '../../../../test/support/written-samples.js';
import { faultsOf } from './guard.js';
import { alterationOf, carries, oursAmong } from './written-match.js';

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
    const known = { identifier: IDENTIFIER, subjects: [] };
    expect(alterationOf({ ...sample, id: '1', language: 'en' }, sample, known)).toBeNull();
    const other = samplesFor(OTHER).find((one) => one.resourceType === sample.resourceType)!;
    expect(alterationOf(other, sample, known)).toBe('content');
  });
});

describe('a Communication that an EHR kept', () => {
  const coded = (code: string) => ({ coding: [{ system: 'urn:categories', code }] });
  const sent: Communication = {
    resourceType: 'Communication',
    identifier: [IDENTIFIER],
    status: 'completed',
    category: [coded('notification')],
    subject: { reference: 'Patient/1' },
    payload: [{ contentAttachment: { contentType: 'text/plain', data: 'QUJD' } }],
  };

  it.each<[string, Partial<Communication>, string | null]>([
    ['as it was', {}, null],
    ['with more categories', { category: [coded('ehr-own'), coded('notification')] }, null],
    ['with its base before the patient', { subject: { reference: 'https://ehr/fhir/Patient/1' } }, null],
    ['under whom an earlier try was sent', { subject: { reference: 'Patient/0' } }, null],
    ['under another patient', { subject: { reference: 'Patient/2' } }, 'place'],
    ['under nobody', { subject: undefined }, 'place'],
    ['not as one that stands', { status: 'preparation' }, 'place'],
    ['without its category', { category: [coded('alert')] }, 'place'],
    ['with other words', { payload: [{ contentAttachment: { data: 'QUJE' } }] }, 'content'],
    ['without words', { payload: undefined }, 'content'],
  ])('%s is judged by what matters', (_how, change, alteration) => {
    const known = { identifier: IDENTIFIER, subjects: ['Patient/0'] };
    expect(alterationOf({ ...sent, ...change }, sent, known)).toBe(alteration);
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

const message = (more: object) => ({ resourceType: 'Communication', status: 'completed', ...more });

describe('the guard refuses what validators let through:', () => {
  beforeAll(loadDefinitions);

  const XHTML = 'xmlns="http://www.w3.org/1999/xhtml"';

  it.each<[string, object]>([
    [
      'two kinds of content',
      message({ payload: [{ contentString: 'a', contentReference: { reference: 'Binary/1' } }] }),
    ],
    ['a time without offset', message({ sent: '2026-11-26T10:00:00' })],
    ['a day that is on no calendar', message({ sent: '2026-02-31' })],
    ['an empty list', message({ category: [] })],
    ['an id that R4 does not allow', message({ id: 'a b' })],
    [
      'a script in the narrative',
      message({ text: { status: 'generated', div: `<div ${XHTML}><script>x</script></div>` } }),
    ],
    [
      'a telephone without a system (cpt-2)',
      { resourceType: 'Patient', telecom: [{ value: '+442079460000' }] },
    ],
    [
      'an end before the start',
      {
        resourceType: 'Appointment',
        status: 'booked',
        start: '2026-11-26T10:00:00Z',
        end: '2026-11-26T09:00:00Z',
        participant: [{ actor: { reference: 'Patient/1' }, status: 'accepted' }],
      },
    ],
  ])('%s', (_what, resource) => {
    expect(faultsByValidators(resource)).toEqual([]);
    expect(faultsOf(resource)).not.toEqual([]);
  });
});

describe('the guard refuses, where no validator runs, what one of them would find:', () => {
  beforeAll(loadDefinitions);

  it.each<[string, object]>([
    ['an empty text', message({ payload: [{ contentString: '' }] })],
    ['a reference to a type that is not for this', message({ subject: { reference: 'Appointment/1' } })],
    ['an instant without seconds', { resourceType: 'Slot', status: 'free', start: '2026-11-26T10:00Z' }],
    ['a payload without content', message({ payload: [{ id: 'x' }] })],
  ])('%s', (_what, resource) => {
    expect(faultsByValidators(resource)).not.toEqual([]);
    expect(faultsOf(resource)).not.toEqual([]);
  });
});

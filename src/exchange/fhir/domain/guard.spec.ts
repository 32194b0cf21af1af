import fc from 'fast-check';
import { faultsOf, faultsOfPatch, newFaultsOf } from './guard.js';

const XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">';

/** One of each that we write, with all that R4 lets stand in it. */
function samples(): Record<string, unknown>[] {
  return [
    {
      resourceType: 'Communication',
      id: 'c-1',
      meta: { lastUpdated: '2026-11-23T06:00:00.123Z', security: [{ code: 'HTEST' }] },
      text: {
        status: 'generated',
        div: `${XHTML}<p>Sealed &amp; kept.<br/>Open it in the <b>view</b>.</p></div>`,
      },
      contained: [{ resourceType: 'Device', id: 'd' }],
      identifier: [{ system: 'https://example.test/id', value: '1' }],
      status: 'completed',
      subject: { reference: 'Patient/1', type: 'Patient' },
      sender: { reference: 'https://ehr.example/fhir/Practitioner/2' },
      recipient: [{ reference: 'Group/3' }, { reference: 'RelatedPerson/4/_history/1' }],
      partOf: [
        { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' },
        { identifier: { value: 'x' } },
      ],
      sent: '2026-11-23T11:30:00+05:30',
      payload: [
        { contentString: 'Asked at 2026-02-31 13:00' },
        { contentAttachment: { contentType: 'application/jose', creation: '2026-11-23', data: 'eyJh' } },
      ],
      extension: [
        { url: 'https://example.test/a', valueDateTime: '2024-02-29' },
        { url: 'https://example.test/b', extension: [{ url: 'c', valueBoolean: false }] },
      ],
    },
    {
      resourceType: 'Appointment',
      status: 'booked',
      start: '2026-11-26T09:00:00+05:30',
      end: '2026-11-26T09:15:00+05:30',
      reasonCode: [{ text: 'check' }],
      reasonReference: [{ reference: 'Condition/1' }],
      requestedPeriod: [{ start: '2026-11', end: '2026-12' }],
      participant: [{ actor: { reference: 'Patient/1' }, status: 'accepted' }],
      slot: [{ reference: 'Slot/1' }],
    },
    {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'pulse' },
      subject: { reference: 'Patient/1' },
      effectivePeriod: { start: '2026-11-23T06:00:00Z', end: '2026-11-23T06:00:00Z' },
      valueQuantity: { value: 70.5 },
    },
    {
      resourceType: 'Provenance',
      target: [{ reference: 'Communication/1' }],
      occurredDateTime: '2026',
      recorded: '2026-11-23T06:00:00Z',
      agent: [{ who: { reference: 'Device/1' } }],
    },
    {
      resourceType: 'Patient',
      name: [{ given: [null, 'B'], _given: [{ extension: [{ url: 'u', valueCode: 'x' }] }, null] }],
      telecom: [{ system: 'phone', value: '+15550100' }],
      birthDate: '1970-01',
      deceasedBoolean: false,
    },
  ];
}

const communication = (more: object): object => ({
  resourceType: 'Communication',
  status: 'completed',
  ...more,
});
const visit = (more: object): object => ({ resourceType: 'Appointment', status: 'booked', ...more });
const narrative = (inside: string): object => communication({ text: { status: 'generated', div: inside } });

describe('the last look at a resource before it leaves', () => {
  it.each(samples().map((sample) => [sample['resourceType'], sample]))(
    'finds nothing in a sound %s',
    (_, sample) => {
      expect(faultsOf(sample)).toEqual([]);
    },
  );

  it.each([
    ['no type', { status: 'completed' }, 'no-type'],
    [
      'two contents in one payload',
      communication({ payload: [{ contentString: 'a', contentReference: { display: 'b' } }] }),
      'payload[0]: two-choices',
    ],
    ['a payload without content', communication({ payload: [{ id: 'a' }] }), 'payload[0]: no-choice'],
    ['two values', { resourceType: 'Observation', valueString: 'a', valueInteger: 1 }, 'two-choices'],
    [
      'an extension that says nothing',
      communication({ extension: [{ url: 'u' }] }),
      'extension[0]: no-choice',
    ],
    [
      'an extension that says it twice',
      communication({ extension: [{ url: 'u', valueCode: 'x', extension: [{ url: 'v', valueCode: 'y' }] }] }),
      'extension[0]: two-choices',
    ],
    ['a time without offset', communication({ sent: '2026-11-23T06:00:00' }), 'sent: no-offset'],
    [
      'a period’s time without offset',
      visit({ requestedPeriod: [{ start: '2026-11-23T06:00:00' }] }),
      'requestedPeriod[0].start: no-offset',
    ],
    ['31 February', communication({ sent: '2026-02-31' }), 'sent: bad-date'],
    ['29 February of a common year', communication({ sent: '2026-02-29T06:00:00Z' }), 'sent: bad-date'],
    ['a 13th month', { resourceType: 'Patient', birthDate: '1970-13' }, 'birthDate: bad-date'],
    [
      'a birth date with a time',
      { resourceType: 'Patient', birthDate: '1970-01-01T00:00:00Z' },
      'birthDate: bad-date',
    ],
    ['a visit that starts on a day', visit({ start: '2026-11-26' }), 'start: bad-date'],
    ['a time without seconds', communication({ sent: '2026-11-23T06:00Z' }), 'sent: bad-date'],
    ['an empty list', communication({ payload: [] }), 'payload: empty'],
    [
      'an empty text',
      communication({ payload: [{ contentString: ' ' }] }),
      'payload[0].contentString: empty',
    ],
    ['an empty object', communication({ subject: {} }), 'subject: empty'],
    [
      'an object of nothing but undefined',
      communication({ subject: { reference: undefined } }),
      'subject: empty',
    ],
    ['null', communication({ subject: null }), 'subject: null'],
    ['null in a list', communication({ recipient: [null] }), 'recipient[0]: null'],
    ['an id with a slash', communication({ id: 'a/b' }), 'bad-id'],
    ['an id that climbs', communication({ id: '..' }), 'bad-id'],
    [
      'a contained id with a blank',
      communication({ contained: [{ resourceType: 'Device', id: 'a b' }] }),
      'contained[0]: bad-id',
    ],
    [
      'a summary about a practitioner',
      communication({ subject: { reference: 'Practitioner/1' } }),
      'subject: wrong-target',
    ],
    [
      'the same by its whole address',
      communication({ subject: { reference: 'https://e.example/fhir/Practitioner/1' } }),
      'subject: wrong-target',
    ],
    [
      'a type that belies its reference',
      communication({ subject: { reference: 'Patient/1', type: 'Group' } }),
      'subject: wrong-target',
    ],
    [
      'a visit in a slot that is none',
      visit({ slot: [{ reference: 'Schedule/1' }] }),
      'slot[0]: wrong-target',
    ],
    [
      'a reference that is none',
      communication({ subject: { reference: 'patient 1' } }),
      'subject: bad-reference',
    ],
    [
      'a script address',
      communication({ subject: { reference: 'javascript:alert(1)' } }),
      'subject: bad-reference',
    ],
    [
      'a reference that climbs',
      communication({ subject: { reference: 'Patient/..' } }),
      'subject: bad-reference',
    ],
    ['a number of no system', { resourceType: 'Patient', telecom: [{ value: '1' }] }, 'telecom[0]: cpt-2'],
    [
      'a visit that ends before it starts',
      visit({ start: '2026-11-26T10:00:00Z', end: '2026-11-26T09:00:00Z' }),
      'end-not-after-start',
    ],
    [
      'a visit that ends as it starts',
      visit({ start: '2026-11-26T10:00:00Z', end: '2026-11-26T15:30:00+05:30' }),
      'end-not-after-start',
    ],
    [
      'a period turned round',
      visit({ requestedPeriod: [{ start: '2026-11-26T10:00:00Z', end: '2026-11-26T09:00:00Z' }] }),
      'requestedPeriod[0]: end-not-after-start',
    ],
    [
      'NUL',
      communication({ payload: [{ contentString: 'a\u0000b' }] }),
      'payload[0].contentString: bad-character',
    ],
    [
      'half a character',
      communication({ payload: [{ contentString: 'a\ud83d' }] }),
      'payload[0].contentString: bad-character',
    ],
    [
      'no number',
      { resourceType: 'Observation', valueQuantity: { value: NaN } },
      'valueQuantity.value: no-number',
    ],
    ['a name that is no element', communication({ 'Jane Doe': 'x' }), 'bad-name'],
  ])('finds %s', (_, resource, fault) => {
    expect(faultsOf(resource)).toEqual([fault]);
  });

  it.each([
    `${XHTML}<script>alert(1)</script></div>`,
    `${XHTML}<p onclick="x()">a</p></div>`,
    `${XHTML}<p class="a">a</p></div>`,
    `${XHTML}<a href="javascript:x">a</a></div>`,
    `${XHTML}<img src="https://e.example/a"/></div>`,
    `${XHTML}<!-- a -->b</div>`,
    `${XHTML}<![CDATA[a]]></div>`,
    `${XHTML}<P>a</P></div>`,
    `${XHTML}a &nbsp b</div>`,
    `${XHTML}a < b</div>`,
    `${XHTML}<p>a</div>`,
    `${XHTML}<p>a</b></div>`,
    `${XHTML}a</div><div>b</div>`,
    `${XHTML}a</div>b`,
    `${XHTML}a`,
    `${XHTML}<br/></div>`,
    '<div>a</div>',
    'a',
  ])('takes no narrative but a template’s: %s', (div) => {
    expect(faultsOf(narrative(div))).toEqual(['text.div: narrative']);
  });

  it('leaves to the EHR what its own copy has already', () => {
    const before = visit({ text: { status: 'generated', div: '<div style="x">a</div>' }, comment: '' });
    expect(newFaultsOf({ ...before, status: 'cancelled' }, before)).toEqual([]);
    expect(newFaultsOf({ ...before, description: '' }, before)).toEqual(['description: empty']);
  });

  it('looks at what a patch puts in, and not at what it tests', () => {
    const value = { coding: [] };
    expect(faultsOfPatch([{ op: 'test', path: '/status', value: '' }])).toEqual([]);
    expect(faultsOfPatch([{ op: 'add', path: '/cancelationReason', value }])).toEqual([
      'step[0].coding: empty',
    ]);
    expect(faultsOfPatch([{ op: 'replace', path: '/start', value: '2026-11-26T10:00:00' }])).toEqual([
      'step[0]: no-offset',
    ]);
    expect(faultsOfPatch([{ op: 'add', path: '/slot/-', value: { reference: 'x y' } }])).toEqual([
      'step[0]: bad-reference',
    ]);
  });
});

/** Every place of a resource, each as the way to it. */
function placesIn(value: unknown, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [way];
  return [way, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...way, key]))];
}

function put(root: unknown, way: (string | number)[], value: unknown): void {
  const holder = way.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], root);
  (holder as Record<string, unknown>)[way.at(-1)!] = value;
}

const sampleAt = fc.nat(samples().length - 1);

describe('whatever a resource holds', () => {
  const CANARY = 'Zzcanary';

  it('an empty, torn or missing value is found wherever it stands', () => {
    const spoils = fc.constantFrom<unknown>('', [], {}, 'a\u0000', '\udc00', NaN);
    fc.assert(
      fc.property(sampleAt, fc.nat(), spoils, (which, at, spoil) => {
        const sample = samples()[which]!;
        const places = placesIn(sample).filter((way) => way.length > 0 && !way.includes('resourceType'));
        put(sample, places[at % places.length]!, spoil);
        expect(faultsOf(sample)).not.toEqual([]);
      }),
    );
  });

  it('a report is made, repeats nothing of it, and changes nothing in it', () => {
    const words = fc.constantFrom(
      CANARY,
      `2026-11-23T06:00:00 ${CANARY}`,
      `Patient/${CANARY} x`,
      `<b>${CANARY}`,
    );
    const key = fc.oneof(
      fc.constantFrom('start', 'telecom', 'div', 'reference', 'valueString', 'extension', 'id'),
      words,
    );
    const anything = fc.object({
      key,
      values: [words, fc.string(), fc.integer(), fc.boolean()],
      maxDepth: 5,
    });
    fc.assert(
      fc.property(anything, sampleAt, (odd, which) => {
        const resource = { ...samples()[which]!, ...odd, resourceType: 'Communication' };
        const before = JSON.stringify(resource);
        expect(faultsOf(resource).join()).not.toContain(CANARY);
        expect(JSON.stringify(resource)).toBe(before);
      }),
    );
  });

  it('of what is no resource at all it says so', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => faultsOf([value]).join() === 'no-type'));
  });
});

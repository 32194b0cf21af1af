import fc from 'fast-check';
import {
  compareVisits,
  type DifferenceKind,
  DIFFERENCE_KINDS,
  type EhrVisit,
  type KeptVisit,
  type Sides,
} from './drift.policy.js';

const NOW = new Date('2027-01-10T09:00:00Z');
const CLOCKS = { now: NOW, ehr: NOW };
const WINDOW = { from: new Date('2027-01-10T00:00:00Z'), until: new Date('2027-01-18T00:00:00Z') };
const HOUR_MS = 3_600_000;

const visit = (more: Partial<EhrVisit> = {}): EhrVisit => ({
  reference: 'Appointment/1',
  patient: 'Patient/1',
  changedAt: new Date('2027-01-09T00:00:00Z'),
  present: true,
  status: 'booked',
  participantStatus: 'needs-action',
  start: new Date('2027-01-12T10:00:00Z'),
  end: null,
  timeZone: 'Europe/London',
  zoneFrom: 'Location/1',
  mode: 'in-person',
  place: 'Location/1',
  practitioner: 'Practitioner/1',
  groupVisit: false,
  versionId: '1',
  ...more,
});
const kept = ({ changedAt: _unknown, ...facts }: EhrVisit, more: Partial<KeptVisit> = {}): KeptVisit => ({
  ...facts,
  id: `id of ${facts.reference} ${facts.patient}`,
  ...more,
});
const compare = (sides: Partial<Sides>, clocks = CLOCKS) =>
  compareVisits({ window: WINDOW, ehr: [], here: [], unusable: [], untold: new Set(), ...sides }, clocks);
const kindsOf = (sides: Partial<Sides>): DifferenceKind[] =>
  compare(sides).differences.map(({ kind }) => kind);

const CHANGES: [DifferenceKind, Partial<EhrVisit>, here: string | null, ehr: string | null][] = [
  [
    'start',
    { start: new Date('2027-01-13T10:00:00Z') },
    '2027-01-12T10:00:00.000Z',
    '2027-01-13T10:00:00.000Z',
  ],
  ['status', { status: 'cancelled' }, 'booked', 'cancelled'],
  ['participant-status', { participantStatus: 'declined' }, 'needs-action', 'declined'],
  ['place', { place: null }, 'Location/1', null],
  ['practitioner', { practitioner: 'Practitioner/2' }, 'Practitioner/1', 'Practitioner/2'],
  ['time-zone', { timeZone: 'Asia/Kolkata' }, 'Europe/London', 'Asia/Kolkata'],
];

/** Visits with one part each, of every sort. */
const visits = fc.uniqueArray(
  fc.record({
    id: fc.nat({ max: 500 }),
    status: fc.constantFrom('booked', 'pending', 'cancelled', 'fulfilled', 'arrived', 'waitlist'),
    participantStatus: fc.constantFrom('accepted', 'declined', 'needs-action'),
    hours: fc.integer({ min: -8, max: 180 }),
    place: fc.option(fc.constantFrom('Location/1', 'Location/2')),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);
type Made = typeof visits extends fc.Arbitrary<(infer One)[]> ? One : never;
const made = ({ id, hours, ...facts }: Made): EhrVisit =>
  visit({ ...facts, reference: `Appointment/${id}`, start: new Date(NOW.getTime() + hours * HOUR_MS) });

describe('what differs between an EHR and what is planned', () => {
  it('is nothing where both say the same, whatever they say', () => {
    fc.assert(
      fc.property(visits, (all) => {
        const ehr = all.map(made);
        const here = ehr.map((one) => kept(one)).reverse();
        expect(compare({ ehr, here })).toEqual({ differences: [], settling: 0 });
      }),
    );
  });

  it.each(CHANGES)('is the %s alone, when that alone is another', (kind, change, here, ehr) => {
    const { differences } = compare({ ehr: [visit(change)], here: [kept(visit())] });

    expect(differences).toMatchObject([{ kind, here, ehr, reference: 'Appointment/1' }]);
    expect(differences[0]!.appointmentId).toBe('id of Appointment/1 Patient/1');
  });

  it('is exactly what was changed, among any number of others', () => {
    const change = fc.constantFrom(...CHANGES);
    fc.assert(
      fc.property(visits, change, ([...all], [kind, changed]) => {
        const others = all.map(made).map((one) => ({ ...one, patient: 'Patient/2' }));
        const ehr = [...others, visit(changed)];
        expect(kindsOf({ ehr, here: [...others, visit()].map((one) => kept(one)) })).toEqual([kind]);
      }),
    );
  });

  it('is a visit that stands on one side alone', () => {
    expect(compare({ ehr: [visit()] }).differences).toMatchObject([
      { kind: 'only-in-ehr', here: null, ehr: 'booked', appointmentId: null, facility: 'Location/1' },
    ]);
    expect(compare({ here: [kept(visit())] }).differences).toMatchObject([
      { kind: 'only-here', here: 'booked', ehr: null, appointmentId: 'id of Appointment/1 Patient/1' },
    ]);
  });

  it.each(['cancelled', 'fulfilled', 'entered-in-error'])(
    'is no visit that is %s on one side alone',
    (status) => {
      expect(kindsOf({ ehr: [visit({ status })] })).toEqual([]);
      expect(kindsOf({ here: [kept(visit({ status }))] })).toEqual([]);
    },
  );

  it('is one part of a visit of several patients', () => {
    const [one, two] = [visit({ groupVisit: true }), visit({ groupVisit: true, patient: 'Patient/2' })];
    expect(kindsOf({ ehr: [one], here: [kept(one), kept(two)] })).toEqual(['only-here']);
  });

  it('is a visit that counts as gone here and is there', () => {
    expect(compare({ ehr: [visit()], here: [kept(visit(), { present: false })] }).differences).toMatchObject([
      { kind: 'status', here: 'gone', ehr: 'booked' },
    ]);
  });

  it('is a row that cannot be used, once, and not that it is missing', () => {
    const row = {
      reference: 'Appointment/1',
      reason: 'no-start',
      start: WINDOW.from,
      timeZone: 'Europe/London',
    };

    expect(compare({ unusable: [row], here: [kept(visit())] }).differences).toMatchObject([
      { kind: 'unusable', ehr: 'no-start', here: 'booked', start: visit().start, facility: 'Location/1' },
    ]);
    expect(compare({ unusable: [row] }).differences).toMatchObject([
      { kind: 'unusable', ehr: 'no-start', here: null, start: WINDOW.from, facility: null },
    ]);
  });

  it('is no visit of which the EHR did not say whether it has it', () => {
    const [one, other] = [visit(), visit({ reference: 'Appointment/2' })].map((visit) => kept(visit));
    const { differences } = compare({ here: [one!, other!], untold: new Set(['Appointment/1']) });
    expect(differences).toMatchObject([{ kind: 'only-here', reference: 'Appointment/2' }]);
  });

  it.each([
    ['a moment ago', -1, 1],
    ['14 minutes ago', -14, 1],
    ['15 minutes ago', -15, 0],
    ['a moment ahead, by a machine of the EHR whose clock is fast', 1, 1],
    ['a day ahead', 1440, 0],
  ])('settles when the EHR changed it %s', (_when, minutes, settling) => {
    const changedAt = new Date(NOW.getTime() + minutes * 60_000);
    const compared = compare({
      ehr: [visit({ changedAt, status: 'cancelled', place: null })],
      here: [kept(visit())],
    });

    expect(compared.settling).toBe(settling);
    expect(compared.differences).toHaveLength(settling ? 0 : 2);
  });

  it('settles by the clock of the EHR, not ours', () => {
    const ehr = new Date(NOW.getTime() - HOUR_MS);
    const { settling } = compare({ ehr: [visit({ changedAt: ehr })] }, { now: NOW, ehr });
    expect(settling).toBe(1);
  });

  it('is not who came, once a visit has begun', () => {
    const start = new Date(NOW.getTime() - HOUR_MS);
    expect(kindsOf({ ehr: [visit({ start, status: 'fulfilled' })], here: [kept(visit({ start }))] })).toEqual(
      [],
    );
    expect(kindsOf({ ehr: [visit({ status: 'fulfilled' })], here: [kept(visit())] })).toEqual(['status']);
  });

  it('stands on the day on which it is planned here, unless that is outside of the window', () => {
    const moved = visit({ start: new Date('2027-02-01T10:00:00Z') });
    const placed = (ehr: EhrVisit, ours: EhrVisit): Date =>
      compare({ ehr: [ehr], here: [kept(ours)] }).differences[0]!.start;

    expect(placed(moved, visit())).toEqual(visit().start);
    expect(placed(visit(), moved)).toEqual(visit().start);
  });

  it('has a name for each kind', () => {
    const seen = [...CHANGES.map(([kind]) => kind), 'only-in-ehr', 'only-here', 'unusable'];
    expect(new Set(seen)).toEqual(new Set(DIFFERENCE_KINDS));
  });
});

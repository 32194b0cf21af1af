import { type Cause, daysOf, type Gap, standingOf } from './drift-days.js';
import type { KeptVisit } from './drift.policy.js';

const visit = (more: Partial<KeptVisit> = {}): KeptVisit => ({
  id: '1',
  reference: 'Appointment/1',
  patient: 'Patient/1',
  present: true,
  status: 'booked',
  participantStatus: 'accepted',
  start: new Date('2027-01-12T20:00:00Z'),
  end: null,
  timeZone: 'Europe/London',
  zoneFrom: '',
  mode: 'in-person',
  place: 'Location/1',
  practitioner: null,
  groupVisit: false,
  versionId: null,
  ...more,
});

const NOTHING_MORE = { differences: [], hidden: [], gaps: [] };

describe('the days of a drift report', () => {
  it('count what stands on each side, by the day on the wall clock there and by facility', () => {
    const india = visit({ timeZone: 'Asia/Kolkata', place: 'Location/2' });
    const days = daysOf({
      ehr: [visit(), india, visit({ status: 'cancelled' })].map((one) => ({ ...one, changedAt: null })),
      here: [{ visit: visit(), reminders: [] }],
      ...NOTHING_MORE,
    });

    expect(days).toMatchObject([
      { day: '2027-01-12', facility: 'Location/1', ehr: 1, here: 1 },
      { day: '2027-01-13', facility: 'Location/2', ehr: 1, here: 0 },
    ]);
  });

  it('tell the reminders with the reasons of those that did not go, also of visits that fell', () => {
    const [day] = daysOf({
      ehr: [],
      here: [
        {
          visit: visit(),
          reminders: [{ state: 'planned' }, { state: 'sent' }, { state: 'skipped', reason: 'late' }],
        },
        { visit: visit({ status: 'cancelled' }), reminders: [{ state: 'skipped', reason: 'cancelled' }] },
      ],
      ...NOTHING_MORE,
    });

    expect(day).toMatchObject({ here: 1, planned: 1, sent: 1, skipped: { late: 1, cancelled: 1 } });
  });

  it('tell what the EHR keeps from us, as far as it stands here', () => {
    const hidden = [
      { visit: visit(), reason: 'restricted' },
      { visit: visit({ id: '2' }), reason: 'forbidden' },
      { visit: visit({ status: 'cancelled' }), reason: 'restricted' },
    ];
    expect(daysOf({ ehr: [], here: [], ...NOTHING_MORE, hidden })).toMatchObject([
      { facility: 'Location/1', hidden: { restricted: 1, forbidden: 1 }, differences: {}, incomplete: [] },
    ]);
  });

  it('tell each cause for which they are incomplete once, at the facility or at all that the day has', () => {
    const [away, cut] = ['away', 'cut'].map((code) => ({ code, words: `It is ${code}.` })) as [Cause, Cause];
    const gap = (day: string, facility: string | null, cause: Cause): Gap => ({ day, facility, cause });
    const days = daysOf({
      ehr: [],
      here: ['Location/1', 'Location/2'].map((place) => ({ visit: visit({ place }), reminders: [] })),
      ...NOTHING_MORE,
      gaps: [
        gap('2027-01-12', 'Location/1', cut),
        gap('2027-01-12', null, away),
        gap('2027-01-12', null, away),
        gap('2027-01-13', null, away),
        gap('2027-01-14', 'Location/1', cut),
      ],
    });
    expect(days.map(({ day, facility, incomplete }) => [day, facility, incomplete])).toEqual([
      ['2027-01-12', 'Location/1', [cut, away]],
      ['2027-01-12', 'Location/2', [away]],
      ['2027-01-13', null, [away]],
      ['2027-01-14', 'Location/1', [cut]],
    ]);
  });

  it.each([
    [{ state: 'planned', undelivered: null, reason: 'ehr-unavailable' }, { state: 'planned' }],
    [{ state: 'handed', undelivered: null, reason: null }, { state: 'sent' }],
    [
      { state: 'handed', undelivered: 'failed', reason: 'meta-131026' },
      { state: 'skipped', reason: 'meta-131026' },
    ],
    [
      { state: 'handed', undelivered: 'parked', reason: null },
      { state: 'skipped', reason: 'parked' },
    ],
    [
      { state: 'withdrawn', undelivered: null, reason: 'gone' },
      { state: 'skipped', reason: 'gone' },
    ],
    [
      { state: 'expired', undelivered: null, reason: null },
      { state: 'skipped', reason: 'expired' },
    ],
  ] as const)('tell of a step that is %j', (step, standing) => {
    expect(standingOf(step)).toEqual(standing);
  });
});

import fc from 'fast-check';
import { project } from './projection.policy.js';
import { changesTheVisit, classOf, notLiveReason, type VisitFacts } from './visit.policy.js';

const FACTS: VisitFacts = {
  present: true,
  status: 'booked',
  participantStatus: 'needs-action',
  start: new Date('2026-12-01T12:00:00Z'),
  end: new Date('2026-12-01T12:30:00Z'),
  timeZone: 'Europe/London',
  zoneFrom: '',
  mode: 'in-person',
  place: 'Location/1',
  practitioner: 'Practitioner/1',
  groupVisit: false,
  versionId: '1',
};

const statuses = [
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
];

const anyFacts: fc.Arbitrary<VisitFacts> = fc.record({
  present: fc.boolean(),
  status: fc.constantFrom(...statuses),
  participantStatus: fc.constantFrom('accepted', 'declined', 'tentative', 'needs-action'),
  start: fc.constantFrom(new Date('2026-12-01T12:00:00Z'), new Date('2026-12-01T12:15:00Z')),
  end: fc.constantFrom(null, new Date('2026-12-01T13:00:00Z')),
  timeZone: fc.constantFrom('Europe/London', 'Asia/Kolkata'),
  zoneFrom: fc.constant(''),
  mode: fc.constantFrom('in-person', 'virtual'),
  place: fc.constantFrom(null, 'Location/1', 'Location/2'),
  practitioner: fc.constantFrom(null, 'Practitioner/1'),
  groupVisit: fc.boolean(),
  versionId: fc.constantFrom(null, '1', '2'),
});

describe('a visit', () => {
  it.each(
    statuses.map((status) => [status, status === 'booked' || status === 'pending' ? status : 'not-live']),
  )('that is %s is %s', (status, expected) => {
    expect(classOf({ ...FACTS, status })).toBe(expected);
  });

  it('does not stand once its patient declined or the EHR lost it', () => {
    expect(notLiveReason({ ...FACTS, participantStatus: 'declined' })).toBe('declined');
    expect(notLiveReason({ ...FACTS, present: false })).toBe('gone');
    expect(notLiveReason({ ...FACTS, status: 'cancelled', participantStatus: 'declined' })).toBe('cancelled');
    expect(notLiveReason(FACTS)).toBeNull();
  });

  it.each([
    ['its start', { start: new Date('2026-12-01T12:15:00Z') }],
    ['its zone', { timeZone: 'Asia/Kolkata' }],
    ['its place', { place: 'Location/2' }],
    ['its mode', { mode: 'virtual' as const }],
    ['its practitioner', { practitioner: null }],
    ['whether it stands', { status: 'cancelled' }],
  ])('gets a new visit version with %s', (_what, change) => {
    expect(changesTheVisit(FACTS, { ...FACTS, ...change })).toBe(true);
  });

  it.each([
    ['its end', { end: null }],
    ['a confirmation', { participantStatus: 'accepted' }],
    ["the EHR's own version", { versionId: '2' }],
    ['another patient beside this one', { groupVisit: true }],
  ])('keeps its visit version with %s', (_what, change) => {
    expect(changesTheVisit(FACTS, { ...FACTS, ...change })).toBe(false);
  });
});

describe('what the EHR says again and again', () => {
  it('never lowers the visit version, and the same twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyFacts, { minLength: 1, maxLength: 12 }), (story) => {
        let known = { ...story[0]!, visitVersion: 1 };
        for (const facts of story) {
          const next = project(known, facts);
          expect(next.visitVersion - known.visitVersion).toBe(changesTheVisit(known, facts) ? 1 : 0);
          known = { ...next.facts, visitVersion: next.visitVersion };
          expect(project(known, facts)).toMatchObject({ changed: false, toPlan: false });
        }
      }),
    );
  });

  it('plans a new visit that stands, and one that was declined, but no other', () => {
    expect(project(null, FACTS).toPlan).toBe(true);
    expect(project(null, { ...FACTS, participantStatus: 'declined' }).toPlan).toBe(true);
    expect(project(null, { ...FACTS, status: 'cancelled' }).toPlan).toBe(false);
  });
});

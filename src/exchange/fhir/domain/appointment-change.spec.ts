import type { Appointment } from 'fhir/r4.js';
import { differencesOf, isDone, type Manner, patchFor, standingOf, updateFor } from './appointment-change.js';
import type { AppointmentChange, AppointmentWrite } from './writes.js';

const BASE = 'https://ehr.example/fhir';
const CONFIRM = { participantStatus: 'accepted', patient: 'Patient/7' } as const;
const DECLINE = { participantStatus: 'declined', patient: 'Patient/7' } as const;
const CANCEL = { status: 'cancelled', reason: 'pat' } as const;
const MOVE = { moveTo: { slot: 'Slot/9' } } as const;
const TARGET = { slot: 'Slot/9', start: '2026-12-11T09:00:00+05:30', end: '2026-12-11T09:20:00+05:30' };

const OPEN: Manner = { bases: BASE, level: 'L2', reschedule: 'update', target: null };
const ORACLE: Manner = { bases: BASE, level: 'L1', reschedule: 'slot', target: null };
const moving = (manner: Manner): Manner => ({ ...manner, target: TARGET });
const manner = (change: AppointmentChange): Manner => ('moveTo' in change ? moving(OPEN) : OPEN);

const visit = (change: Partial<Appointment> = {}): Appointment => ({
  resourceType: 'Appointment',
  id: '1',
  status: 'booked',
  start: '2026-12-10T09:00:00+05:30',
  end: '2026-12-10T09:30:00+05:30',
  minutesDuration: 30,
  slot: [{ reference: `${BASE}/Slot/8` }],
  participant: [
    { actor: { reference: 'Practitioner/2' }, status: 'accepted' },
    { actor: { reference: `${BASE}/Patient/7` }, status: 'needs-action' },
  ],
  comment: 'kept',
  ...change,
});

const write = (change: AppointmentWrite['change'], start?: string): AppointmentWrite => ({
  connectionId: 'c',
  fhirId: '1',
  change,
  ...(start && { expect: { start } }),
});

const refused = (code: string) => ({ state: 'refused', code });

describe('a change of a visit', () => {
  it('is possible while the visit is open', () => {
    expect(standingOf(visit(), write(CONFIRM), OPEN)).toEqual({ state: 'open' });
    expect(standingOf(visit({ status: 'pending' }), write(CANCEL), OPEN)).toEqual({ state: 'open' });
    expect(standingOf(visit(), write(DECLINE), OPEN)).toEqual({ state: 'open' });
    expect(standingOf(visit(), write(MOVE), moving(OPEN))).toEqual({ state: 'open' });
  });

  it('is refused when the visit was moved since the patient was told', () => {
    const told = write(CONFIRM, '2026-12-10T03:15:00Z');
    expect(standingOf(visit(), told, OPEN)).toEqual(refused('moved'));
    expect(standingOf(visit(), write(CONFIRM, '2026-12-10T03:30:00Z'), OPEN)).toEqual({ state: 'open' });
  });

  it.each(['arrived', 'checked-in', 'fulfilled', 'noshow', 'entered-in-error'] as const)(
    'is refused once the visit is %s',
    (status) => {
      for (const change of [CANCEL, CONFIRM, DECLINE, MOVE]) {
        expect(standingOf(visit({ status }), write(change), manner(change))).toEqual(
          refused(`status-${status}`),
        );
      }
    },
  );

  it('is refused for a patient who does not take part', () => {
    expect(standingOf(visit(), write({ ...CONFIRM, patient: 'Patient/8' }), OPEN)).toEqual(
      refused('no-participant'),
    );
  });

  it('is done when the visit says so already', () => {
    const cancelled = visit({ status: 'cancelled' });
    expect(standingOf(cancelled, write(CANCEL, '2026-01-01T00:00:00Z'), OPEN)).toEqual({ state: 'done' });
    expect(standingOf(cancelled, write(CONFIRM), OPEN)).toEqual(refused('status-cancelled'));
  });

  it.each([CONFIRM, DECLINE, CANCEL])('as a patch tests and touches only what it names: %j', (change) => {
    const steps = patchFor(visit(), change, OPEN);
    expect(steps.filter(({ op }) => op === 'test').length).toBeGreaterThan(0);
    const paths = steps.filter(({ op }) => op !== 'test').map(({ path }) => path);
    expect(paths).toEqual('status' in change ? ['/status', '/cancelationReason'] : ['/participant/1/status']);
  });

  it.each([CONFIRM, DECLINE, CANCEL, MOVE])('as an update keeps everything else: %j', (change) => {
    const updated = updateFor(visit(), change, manner(change));
    expect(isDone(updated, change, manner(change))).toBe(true);
    expect(updated).toMatchObject({ id: '1', comment: 'kept' });
    expect(updated.participant[0]).toEqual(visit().participant[0]);
  });

  it('moves the times, their length and the slot together', () => {
    expect(updateFor(visit(), MOVE, moving(OPEN))).toMatchObject({
      start: TARGET.start,
      end: TARGET.end,
      minutesDuration: 20,
      slot: [{ reference: 'Slot/9' }],
    });
    const free = { ...TARGET, slot: null };
    expect(updateFor(visit(), MOVE, { ...OPEN, target: free }).slot).toBeUndefined();
  });

  it('never moves a visit of several patients for one of them', () => {
    const group = visit();
    group.participant.push({ actor: { reference: 'Patient/8' }, status: 'accepted' });
    expect(standingOf(group, write(MOVE), moving(OPEN))).toEqual(refused('group-visit'));
  });
});

describe('a change where the EHR takes a status and a slot alone', () => {
  const says = (name: string, valueBoolean: boolean): Partial<Appointment> => ({
    extension: [{ url: `https://fhir-ehr.cerner.com/r4/StructureDefinition/${name}`, valueBoolean }],
  });

  it('is a patch of the few operations that it lists, without a test', () => {
    expect(patchFor(visit(), CANCEL, ORACLE).map(({ op, path }) => `${op} ${path}`)).toEqual([
      'replace /status',
      'add /cancelationReason',
    ]);
    expect(patchFor(visit(), MOVE, moving(ORACLE))).toEqual([
      { op: 'replace', path: '/slot', value: [{ reference: 'Slot/9' }] },
    ]);
  });

  it.each(['pending', 'waitlist'] as const)('is no cancellation from %s', (status) => {
    expect(standingOf(visit({ status }), write(CANCEL), ORACLE)).toEqual(refused(`status-${status}`));
  });

  it('heeds what the visit says of itself', () => {
    const fixed = visit(says('is-cancelable', false));
    expect(standingOf(fixed, write(CANCEL), ORACLE)).toEqual(refused('not-cancelable'));
    expect(standingOf(visit(says('is-cancelable', true)), write(CANCEL), ORACLE)).toEqual({ state: 'open' });
    const bound = visit(says('is-reschedulable', false));
    expect(standingOf(bound, write(MOVE), moving(ORACLE))).toEqual(refused('not-reschedulable'));
    expect(standingOf(bound, write(CANCEL), ORACLE)).toEqual({ state: 'open' });
  });

  it('moves only a visit that has a slot', () => {
    const without = visit();
    delete without.slot;
    expect(standingOf(without, write(MOVE), moving(ORACLE))).toEqual(refused('no-slot'));
  });
});

describe('what the EHR made of a change', () => {
  const after = (change: AppointmentChange, more: Partial<Appointment>): Appointment => ({
    ...updateFor(visit(), change, manner(change)),
    ...more,
  });
  const differs = (change: AppointmentChange, more: Partial<Appointment> = {}): string[] =>
    differencesOf(after(change, more), { before: visit(), change }, manner(change));
  const reason = (system: string, code: string): Partial<Appointment> => ({
    cancelationReason: { coding: [{ system, code }] },
  });
  const STANDARD = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

  it.each([CONFIRM, DECLINE, CANCEL, MOVE])('is nothing else when it did as asked: %j', (change) => {
    expect(differs(change)).toEqual([]);
  });

  it.each<[string, AppointmentChange, Partial<Appointment>]>([
    ['status', CANCEL, { status: 'booked' }],
    ['status', CANCEL, { status: 'noshow' }],
    ['reason', CANCEL, { cancelationReason: undefined }],
    ['reason', CANCEL, reason(STANDARD, 'prov')],
    ['participant-status', CONFIRM, { participant: visit().participant }],
    ['participant-status', DECLINE, { participant: visit().participant }],
    ['status', CONFIRM, { status: 'cancelled' }],
    ['start', CONFIRM, { start: '2026-12-10T10:00:00+05:30' }],
    ['slot', CONFIRM, { slot: [{ reference: 'Slot/10' }] }],
    ['start', MOVE, { start: visit().start }],
    ['slot', MOVE, { slot: visit().slot }],
    ['status', MOVE, { status: 'pending' }],
  ])('is told by its name: %s', (difference, change, more) => {
    expect(differs(change, more)).toEqual([difference]);
  });

  it('may be the reason in its own codes', () => {
    expect(differs(CANCEL, reason('https://ehr.example/codes', '42'))).toEqual([]);
  });

  it('may be a pending visit that becomes booked once it is confirmed', () => {
    const before = visit({ status: 'pending' });
    const confirmed = { ...updateFor(before, CONFIRM, OPEN), status: 'booked' as const };
    expect(differencesOf(confirmed, { before, change: CONFIRM }, OPEN)).toEqual([]);
  });
});

import fc from 'fast-check';
import {
  planSteps,
  type Planning,
  type PresentStep,
  type RuleRow,
  type StepPlan,
} from './step-plan.policy.js';

const HOUR_MS = 3_600_000;
const NOW = new Date('2026-12-01T10:00:00Z');
const ahead = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR_MS);

const rule = (id: string, before: string): RuleRow => ({
  id,
  key: id,
  before,
  template: 't',
  pending: false,
});
const RULES = [rule('three-days', 'P3D'), rule('one-day', 'P1D')];

const planning = (visit: Partial<Planning['visit']> = {}, rest: Partial<Planning> = {}): Planning => ({
  visit: {
    present: true,
    status: 'booked',
    participantStatus: 'needs-action',
    start: ahead(120),
    end: null,
    timeZone: 'UTC',
    zoneFrom: '',
    mode: 'in-person',
    place: null,
    practitioner: null,
    groupVisit: false,
    versionId: '1',
    visitVersion: 1,
    cancelAsked: false,
    ...visit,
  },
  rules: RULES,
  quiet: { from: '00:00', to: '00:00' },
  present: [],
  now: NOW,
  ...rest,
});

/** The steps after a plan was carried out. */
function carriedOut(present: readonly PresentStep[], plan: StepPlan, visitVersion: number): PresentStep[] {
  const gone = new Map(plan.withdraw.map(({ id, reason }) => [id, reason]));
  const revived = new Set(plan.revive.map(({ id }) => id));
  // Whoever returns has times of its own, as who moves has.
  const timed = new Map([...plan.move, ...plan.revive].map((step) => [step.id, step]));
  const kept = present.map((step) => ({
    ...step,
    ...(gone.has(step.id) && { state: 'withdrawn' as const, reason: gone.get(step.id)! }),
    ...(revived.has(step.id) && { state: 'planned' as const, reason: null }),
    wantedAt: timed.get(step.id)?.wantedAt ?? step.wantedAt,
  }));
  const added = plan.add.map((step) => ({ ...step, id: `${visitVersion}/${step.ruleId}`, visitVersion }));
  return [...kept, ...added];
}

const states = (plan: StepPlan): string[] =>
  plan.add.map(({ ruleId, state, reason }) => `${ruleId} ${state} ${reason ?? ''}`.trim());

describe('the steps of a visit', () => {
  it('are one per rule, at their times', () => {
    const { add } = planSteps(planning());
    expect(add.map(({ ruleId, dueAt }) => [ruleId, dueAt])).toEqual([
      ['three-days', ahead(48)],
      ['one-day', ahead(96)],
    ]);
  });

  it.each([
    ['in 5 minutes', 5 / 60, ['three-days skipped late', 'one-day skipped late']],
    ['in 119 minutes', 119 / 60, ['three-days skipped late', 'one-day skipped late']],
    ['in 121 minutes', 121 / 60, ['three-days skipped superseded', 'one-day planned']],
    ['tomorrow', 23, ['three-days skipped superseded', 'one-day planned']],
    ['the day after tomorrow', 47, ['three-days planned', 'one-day planned']],
  ])('of a visit %s', (_when, hours, expected) => {
    expect(states(planSteps(planning({ start: ahead(hours) })))).toEqual(expected);
  });

  it('are none for a visit that has begun', () => {
    expect(planSteps(planning({ start: ahead(-1) })).add).toEqual([]);
  });

  it.each([
    ['cancelled', { status: 'cancelled' }, 'cancelled'],
    ['arrived', { status: 'arrived' }, 'arrived'],
    ['gone', { present: false }, 'gone'],
    ['declined', { participantStatus: 'declined' }, 'declined'],
    ['to be cancelled by a tap', { cancelAsked: true }, 'patient-cancelled'],
  ])('are withdrawn when the visit is %s', (_what, change, reason) => {
    const present = carriedOut([], planSteps(planning()), 1);
    const plan = planSteps(planning(change, { present }));
    expect(plan.withdraw.map((one) => one.reason)).toEqual([reason, reason]);
    expect(plan.add).toEqual([]);
  });

  it('are withdrawn and planned anew when the visit moves', () => {
    const present = carriedOut([], planSteps(planning()), 1);
    const plan = planSteps(planning({ start: ahead(240), visitVersion: 2 }, { present }));
    expect(plan.withdraw.map((one) => one.reason)).toEqual(['visit-changed', 'visit-changed']);
    expect(plan.add.map(({ dueAt }) => dueAt)).toEqual([ahead(168), ahead(216)]);
  });

  it('move when the rule does', () => {
    const present = carriedOut([], planSteps(planning()), 1);
    const rules = [RULES[0]!, { ...RULES[1]!, before: 'P2D' }];
    expect(planSteps(planning({}, { present, rules })).move).toMatchObject([
      { id: '1/one-day', dueAt: ahead(72) },
    ]);
  });

  it('are withdrawn with their rule', () => {
    const present = carriedOut([], planSteps(planning()), 1);
    const plan = planSteps(planning({}, { present, rules: [RULES[0]!] }));
    expect(plan.withdraw).toEqual([{ id: '1/one-day', reason: 'rule-removed' }]);
  });

  it('return when the patient takes the cancel back, as far as they are of use', () => {
    const planned = carriedOut([], planSteps(planning()), 1);
    const present = carriedOut(planned, planSteps(planning({ cancelAsked: true }, { present: planned })), 1);
    expect(planSteps(planning({}, { present })).revive).toMatchObject([
      { id: '1/three-days', dueAt: ahead(48) },
      { id: '1/one-day', dueAt: ahead(96) },
    ]);
    const late = planSteps(planning({}, { present, now: ahead(97) }));
    expect(late.revive.map(({ id }) => id)).toEqual(['1/one-day']);
    expect(planSteps(planning({}, { present, now: ahead(119) })).revive).toEqual([]);
    expect(planSteps(planning({ cancelAsked: true }, { present })).revive).toEqual([]);
  });

  it('never return when they fell for another reason, or were handed', () => {
    const planned = carriedOut([], planSteps(planning()), 1);
    const fallen = planned.map((step) => ({ ...step, state: 'withdrawn' as const, reason: 'rule-removed' }));
    const handed = planned.map((step) => ({ ...step, state: 'handed' as const }));
    expect(planSteps(planning({}, { present: fallen })).revive).toEqual([]);
    expect(planSteps(planning({}, { present: handed })).revive).toEqual([]);
  });

  it('of a pending visit need a rule that wishes it', () => {
    expect(planSteps(planning({ status: 'pending' })).add).toEqual([]);
    const rules = [{ ...RULES[1]!, pending: true }];
    expect(states(planSteps(planning({ status: 'pending' }, { rules })))).toEqual(['one-day planned']);
  });

  it('are skipped when quiet hours leave them no useful time', () => {
    const start = new Date('2026-12-02T07:30:00Z');
    const now = new Date('2026-12-02T00:00:00Z');
    const quiet = { from: '21:00', to: '08:00' };
    const rules = [rule('three-hours', 'PT3H')];
    expect(states(planSteps(planning({ start }, { rules, quiet, now })))).toEqual([
      'three-hours skipped quiet-hours',
    ]);
  });

  it('settle: planning its own result changes nothing, through any story', () => {
    const change = fc.record({
      status: fc.constantFrom('booked', 'pending', 'cancelled', 'arrived'),
      hours: fc.integer({ min: -5, max: 200 }),
      moved: fc.boolean(),
      cancelAsked: fc.boolean(),
      rules: fc.subarray(RULES),
      later: fc.integer({ min: 0, max: 30 }),
      handed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (story) => {
        let present: PresentStep[] = [];
        let visitVersion = 1;
        let now = NOW;
        for (const { status, hours, moved, cancelAsked, rules, later, handed } of story) {
          if (moved) visitVersion += 1;
          now = new Date(now.getTime() + later * HOUR_MS);
          const next = planning({ status, start: ahead(hours), visitVersion, cancelAsked }, { rules, now });
          present = carriedOut(present, planSteps({ ...next, present }), visitVersion);
          expect(planSteps({ ...next, present })).toEqual({ add: [], move: [], revive: [], withdraw: [] });
          expect(new Set(present.map((step) => `${step.visitVersion}/${step.ruleId}`)).size).toBe(
            present.length,
          );
          expect(
            present.filter((step) => step.state === 'planned' && step.visitVersion !== visitVersion),
          ).toEqual([]);
          if (handed)
            present = present.map((step) => (step.state === 'planned' ? { ...step, state: 'handed' } : step));
        }
      }),
    );
  });
});

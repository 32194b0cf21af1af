import type { Uuid } from '../../../platform/ids/ids.js';
import { judgeLateness, usefulUntil } from './late.policy.js';
import { outsideQuietHours, type QuietHours } from './quiet-hours.policy.js';
import type { Rule } from './rule.policy.js';
import { mayReturn, PATIENT_CANCELLED, type StepState } from './step.states.js';
import { classOf, notLiveReason, type VisitFacts } from './visit.policy.js';
import { instantBefore } from './wall-clock.js';

export interface RuleRow extends Rule {
  id: Uuid;
}

export interface PlannedVisit extends VisitFacts {
  visitVersion: number;
  /** The patient has tapped Cancel for this version. */
  cancelAsked: boolean;
}

export interface StepTimes {
  /** When the rule wants it. */
  wantedAt: Date;
  /** The same outside quiet hours. */
  dueAt: Date;
  usefulUntil: Date;
}

export interface NewStep extends StepTimes {
  ruleId: Uuid;
  state: 'planned' | 'skipped';
  reason: 'late' | 'superseded' | 'quiet-hours' | null;
}

export interface PresentStep {
  id: Uuid;
  ruleId: Uuid;
  visitVersion: number;
  state: StepState;
  reason: string | null;
  wantedAt: Date;
}

export interface StepPlan {
  add: NewStep[];
  move: ({ id: Uuid } & StepTimes)[];
  /** Fell with a cancel that the patient took back. */
  revive: ({ id: Uuid } & StepTimes)[];
  withdraw: { id: Uuid; reason: string }[];
}

export interface Planning {
  visit: PlannedVisit;
  rules: readonly RuleRow[];
  quiet: QuietHours;
  present: readonly PresentStep[];
  now: Date;
}

/**
 * Which steps a visit gets, which move and which are withdrawn, given those that it has. A rule speaks once per
 * visit version: a step that ended is never planned again, unless it fell with a cancel that the patient took back and
 * is still of use. The same call on its own result changes nothing.
 */
export function planSteps(planning: Planning): StepPlan {
  const { visit, present } = planning;
  const rules = rulesFor(planning);
  const current = new Map(present.filter(isOf(visit.visitVersion)).map((step) => [step.ruleId, step]));
  const withdraw = present
    .filter((step) => step.state === 'planned')
    .flatMap((step) => {
      const reason = withdrawalReason(step, planning);
      return reason ? [{ id: step.id, reason }] : [];
    });
  if (visit.start <= planning.now) return { add: [], move: [], revive: [], withdraw };
  const times = rules.map((rule) => ({ rule, times: timesOf(rule, planning) }));
  const add = times.filter(({ rule }) => !current.has(rule.id)).map((one) => newStep(one, times, planning));
  const move = times.flatMap(({ rule, times: { wantedAt, dueAt, usefulUntil } }) => {
    const step = current.get(rule.id);
    const moved = step?.state === 'planned' && step.wantedAt.getTime() !== wantedAt.getTime();
    return moved ? [{ id: step.id, wantedAt, dueAt: dueAt ?? usefulUntil, usefulUntil }] : [];
  });
  const revive = times.flatMap((one) => {
    const step = current.get(one.rule.id);
    if (!step || !mayReturn(step)) return [];
    const { state, wantedAt, dueAt, usefulUntil } = newStep(one, times, planning);
    return state === 'planned' ? [{ id: step.id, wantedAt, dueAt, usefulUntil }] : [];
  });
  return { add, move, revive, withdraw };
}

interface RuleTimes {
  rule: RuleRow;
  times: { wantedAt: Date; dueAt: Date | null; usefulUntil: Date };
}

function rulesFor({ visit, rules }: Planning): RuleRow[] {
  const visitClass = classOf(visit);
  if (visitClass === 'not-live' || visit.cancelAsked) return [];
  return rules.filter((rule) => visitClass === 'booked' || rule.pending);
}

function withdrawalReason(step: PresentStep, { visit, rules }: Planning): string | null {
  const notLive = notLiveReason(visit);
  if (notLive) return notLive;
  if (visit.cancelAsked) return PATIENT_CANCELLED;
  if (step.visitVersion !== visit.visitVersion) return 'visit-changed';
  return rules.some((rule) => rule.id === step.ruleId) ? null : 'rule-removed';
}

function timesOf(rule: RuleRow, { visit, quiet, now }: Planning): RuleTimes['times'] {
  const { start, timeZone } = visit;
  const wantedAt = instantBefore(start, rule.before, timeZone);
  const until = usefulUntil(start, rule.before, timeZone);
  return {
    wantedAt,
    dueAt: outsideQuietHours(wantedAt, { quiet, timeZone, now, usefulUntil: until }),
    usefulUntil: until,
  };
}

function newStep({ rule, times }: RuleTimes, all: readonly RuleTimes[], { visit, now }: Planning): NewStep {
  const { wantedAt, usefulUntil } = times;
  const dueAt = times.dueAt ?? wantedAt;
  const step = { ruleId: rule.id, wantedAt, dueAt, usefulUntil };
  if (!times.dueAt) return { ...step, state: 'skipped', reason: 'quiet-hours' };
  const others = all.flatMap(({ times: one }) => (one.dueAt ? [{ ...one, dueAt: one.dueAt }] : []));
  const nextDueAt = nextAfter(step, others);
  const verdict = judgeLateness({ dueAt, now, start: visit.start, usefulUntil, nextDueAt });
  if (verdict === 'send') return { ...step, state: 'planned', reason: null };
  return { ...step, state: 'skipped', reason: verdict === 'superseded' ? 'superseded' : 'late' };
}

type Timed = Pick<StepTimes, 'wantedAt' | 'dueAt'>;

/** When the next reminder of the same visit version goes or went; one that ended without going does not count. */
export function nextOf(
  step: Pick<PresentStep, 'id' | 'visitVersion'> & Timed,
  all: readonly (Pick<PresentStep, 'id' | 'visitVersion' | 'state'> & Timed)[],
): Date | null {
  const going = all.filter(
    ({ id, visitVersion, state }) =>
      id !== step.id && visitVersion === step.visitVersion && (state === 'planned' || state === 'handed'),
  );
  return nextAfter(step, going);
}

/** The soonest that comes after it; of two that quiet hours brought to one instant, the one nearer to the visit. */
function nextAfter({ dueAt, wantedAt }: Timed, others: readonly Timed[]): Date | null {
  const later = others.filter(
    (other) =>
      other.dueAt > dueAt || (other.dueAt.getTime() === dueAt.getTime() && other.wantedAt > wantedAt),
  );
  return later.length > 0 ? new Date(Math.min(...later.map((other) => other.dueAt.getTime()))) : null;
}

function isOf(visitVersion: number): (step: PresentStep) => boolean {
  return (step) => step.visitVersion === visitVersion;
}

import type { Uuid } from '../../../platform/ids/ids.js';
import type { ActionKind } from './tap.policy.js';
import { classOf, hasArrived, type VisitFacts } from './visit.policy.js';

export const ACTION_STATES = ['asked', 'written', 'passed', 'overtaken'] as const;
export type ActionState = (typeof ACTION_STATES)[number];

const SECOND_MS = 1_000;

/** After a failed write the next comes this much later. The patient waits for the answer: about four minutes in all. */
const BACK_OFF_MS = [5 * SECOND_MS, 15 * SECOND_MS, 60 * SECOND_MS, 180 * SECOND_MS];

/** When a write that failed for the n-th time (from 1) is tried again; null when staff take over. */
export function actionBackOffMs(failures: number): number | null {
  return BACK_OFF_MS[failures - 1] ?? null;
}

/** What is said of a wish, and of its work item, when the same patient asked for the opposite later. */
export const CHANGED_MIND = 'patient-changed-mind';

interface Wish {
  kind: ActionKind;
  visitVersion: number;
}

/** A visit, and whether the patient's last tap was Cancel. */
type AnsweredVisit = VisitFacts & { visitVersion: number; cancelAsked: boolean };

/** Whether the patient tapped the other button since: the later tap alone holds. */
export function isTakenBack(wish: Wish, visit: { visitVersion: number; cancelAsked: boolean }): boolean {
  return visit.visitVersion === wish.visitVersion && visit.cancelAsked !== (wish.kind === 'cancel');
}

/** How a patient's wish stands against what the EHR says now. */
export function judgeAction(
  action: Wish,
  visit: AnsweredVisit,
): 'fulfilled' | 'arrived' | 'overtaken' | 'taken-back' | 'to-write' | 'for-staff' {
  // A write whose answer was lost shows here: the EHR has it, so it is not written again.
  if (action.kind === 'cancel' && visit.status === 'cancelled') return 'fulfilled';
  if (hasArrived(visit)) return 'arrived';
  if (classOf(visit) === 'not-live' || visit.visitVersion !== action.visitVersion) return 'overtaken';
  if (isTakenBack(action, visit)) return 'taken-back';
  if (action.kind === 'confirm') return visit.participantStatus === 'accepted' ? 'fulfilled' : 'to-write';
  // Cancelling a group's Appointment would cancel it for the others too.
  return visit.groupVisit ? 'for-staff' : 'to-write';
}

/** What an EHR that said yes and did something else made of the wish, by what it shows afterwards. */
export function judgeNotTaken(
  action: Wish,
  visit: AnsweredVisit,
): 'fulfilled' | 'arrived' | 'overtaken' | 'not-taken' {
  const verdict = judgeAction(action, visit);
  return verdict === 'fulfilled' || verdict === 'arrived' || verdict === 'overtaken' ? verdict : 'not-taken';
}

/** The code by which an EHR's refusal says that the patient has arrived meanwhile. */
export function saysArrived(code: string): boolean {
  return code === 'status-arrived' || code === 'status-checked-in';
}

/** The outcome that a conversation's summary tells. */
export function outcomeCode(kind: ActionKind, state: 'written' | 'passed'): string {
  if (kind === 'confirm') return state === 'written' ? 'appointment-confirmed' : 'confirmation-requested';
  return state === 'written' ? 'appointment-cancelled' : 'cancellation-requested';
}

/** The kind of the work item that staff get when the EHR cannot take the wish. */
export function workItemKind(kind: ActionKind): string {
  return kind === 'confirm' ? 'appointment-confirmation' : 'appointment-cancellation';
}

/** The key of that work item: one per visit version and wish. */
export function workItemKey(kind: ActionKind, visitId: Uuid, visitVersion: number): string {
  return `${workItemKind(kind)}:${visitId}:${visitVersion}`;
}

export function oppositeOf(kind: ActionKind): ActionKind {
  return kind === 'confirm' ? 'cancel' : 'confirm';
}

import type { ActionKind } from './tap.policy.js';
import { classOf, type VisitFacts } from './visit.policy.js';

export const ACTION_STATES = ['asked', 'written', 'passed', 'overtaken'] as const;
export type ActionState = (typeof ACTION_STATES)[number];

const SECOND_MS = 1_000;

/** After a failed write the next comes this much later. The patient waits for the answer: about four minutes in all. */
const BACK_OFF_MS = [5 * SECOND_MS, 15 * SECOND_MS, 60 * SECOND_MS, 180 * SECOND_MS];

/** When a write that failed for the n-th time (from 1) is tried again; null when staff take over. */
export function actionBackOffMs(failures: number): number | null {
  return BACK_OFF_MS[failures - 1] ?? null;
}

/** How a patient's wish stands against what the EHR says now. */
export function judgeAction(
  action: { kind: ActionKind; visitVersion: number },
  visit: VisitFacts & { visitVersion: number },
): 'fulfilled' | 'overtaken' | 'to-write' | 'for-staff' {
  // A write whose answer was lost shows here: the EHR has it, so it is not written again.
  if (action.kind === 'cancel' && visit.status === 'cancelled') return 'fulfilled';
  if (classOf(visit) === 'not-live' || visit.visitVersion !== action.visitVersion) return 'overtaken';
  if (action.kind === 'confirm') return visit.participantStatus === 'accepted' ? 'fulfilled' : 'to-write';
  // Cancelling a group's Appointment would cancel it for the others too.
  return visit.groupVisit ? 'for-staff' : 'to-write';
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

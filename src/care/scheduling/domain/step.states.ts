export const STEP_STATES = ['planned', 'handed', 'withdrawn', 'skipped', 'expired'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** How the message of a handed step ends when it does not reach the patient, or nobody knows. */
export const UNDELIVERED = ['refused', 'expired', 'failed', 'parked'] as const;
export type Undelivered = (typeof UNDELIVERED)[number];

/** What a step planned in time falls for only when its turn came late. */
const OUT_OF_TIME = new Set(['late', 'superseded', 'quiet-hours']);

/** Whether a reminder that had been planned was lost because its time had passed. */
export function isMissed(end: { state: StepState | Undelivered; reason: string | null }): boolean {
  if (end.state === 'expired') return true;
  return ['skipped', 'refused'].includes(end.state) && OUT_OF_TIME.has(end.reason ?? '');
}

/** Why a step falls when the patient taps Cancel. The patient may take that back, and then the step returns. */
export const PATIENT_CANCELLED = 'patient-cancelled';

/** A step is planned once and ends once, but for a return. The database holds the same table in a trigger. */
export const STEP_TRANSITIONS: Readonly<Record<StepState, readonly StepState[]>> = {
  planned: ['handed', 'withdrawn', 'skipped', 'expired'],
  handed: [],
  withdrawn: [],
  skipped: [],
  expired: [],
};

/** Whether a step that ended comes back once its patient no longer wants to cancel (docs/adr/0008). */
export function mayReturn({ state, reason }: { state: StepState; reason: string | null }): boolean {
  return state === 'withdrawn' && reason === PATIENT_CANCELLED;
}

export function mayBecome(from: { state: StepState; reason: string | null }, to: StepState): boolean {
  return STEP_TRANSITIONS[from.state].includes(to) || (to === 'planned' && mayReturn(from));
}

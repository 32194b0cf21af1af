export const STEP_STATES = ['planned', 'handed', 'withdrawn', 'skipped', 'expired'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** A step is planned once and ends once. The database holds the same table in a trigger. */
export const STEP_TRANSITIONS: Readonly<Record<StepState, readonly StepState[]>> = {
  planned: ['handed', 'withdrawn', 'skipped', 'expired'],
  handed: [],
  withdrawn: [],
  skipped: [],
  expired: [],
};

export function mayBecome(from: StepState, to: StepState): boolean {
  return STEP_TRANSITIONS[from].includes(to);
}

export const PLAN_LOOP = 'scheduling.plan';
export const STEPS_LOOP = 'scheduling.steps';
export const WAYS_LOOP = 'scheduling.ways';
export const ACTIONS_LOOP = 'scheduling.actions';
export const DRIFT_LOOP = 'scheduling.drift';

export const PLAN_LOOP = 'scheduling.plan';
export const STEPS_LOOP = 'scheduling.steps';
export const ACTIONS_LOOP = 'scheduling.actions';

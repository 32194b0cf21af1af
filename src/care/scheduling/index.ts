export { SchedulingModule } from './scheduling.module.js';
export { SchedulingFacade, type TapAnswers, type Visit } from './scheduling.facade.js';

export { SchedulingModule } from './scheduling.module.js';
export { SchedulingFacade, type Visit } from './scheduling.facade.js';

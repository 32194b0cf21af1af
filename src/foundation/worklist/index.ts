export { WorklistModule } from './worklist.module.js';
export { WorklistFacade } from './worklist.facade.js';
export type { NewWorkItem, WorkItem } from './domain/work-item.js';

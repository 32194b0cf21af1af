export { SummariesModule } from './summaries.module.js';
export { SummariesFacade } from './summaries.facade.js';
export type { SummariesBacklog } from './infrastructure/summaries.repository.js';

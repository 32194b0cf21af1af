export { SummariesModule } from './summaries.module.js';
export { SummariesFacade } from './summaries.facade.js';

export { SummariesModule } from './summaries.module.js';
export { SummariesFacade } from './summaries.facade.js';
export type { SummaryState, SummaryStatus } from './domain/summary.states.js';

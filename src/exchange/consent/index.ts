export { ConsentModule } from './consent.module.js';
export { ConsentFacade } from './consent.facade.js';
export type { Purpose } from './domain/consent.js';
export type { Decision } from './domain/decision.policy.js';
export type { NewConsent } from './application/grant.js';
export { isStopWord } from './domain/stop-words.js';

export { ConsentModule } from './consent.module.js';
export { ConsentFacade } from './consent.facade.js';
export { PURPOSES, type ConsentMethod, type Purpose } from './domain/consent.js';
export type { Decision, DecisionRequest } from './domain/decision.policy.js';
export type { NewConsent } from './application/grant.js';
export type { Withdrawal, WithdrawalResult } from './application/withdraw.js';
export { isStopWord } from './domain/stop-words.js';

export { SchedulingModule } from './scheduling.module.js';
export type { DriftView } from './application/drift/drift-reports.js';
export type { Offer, OfferQuery } from './application/offer-slots.js';
export { SchedulingFacade, type TapAnswers, type Visit } from './scheduling.facade.js';

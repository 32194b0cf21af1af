export { SchedulingModule } from './scheduling.module.js';
export type { Offer, OfferQuery } from './application/offer-slots.js';
export { SchedulingFacade, type TapAnswers, type Visit } from './scheduling.facade.js';

export { PrivacyModule } from './privacy.module.js';
export { PrivacyFacade } from './privacy.facade.js';
export type { ErasureRequest } from './application/request-erasure.js';
export type { ErasureStatus, HolderAnswer } from './domain/erasure.states.js';
export { idsOf, type Erased, type ErasureSubject, type Holder } from './domain/holder.js';

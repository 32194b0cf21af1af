export { IdentityModule } from './identity.module.js';
export { IdentityFacade } from './identity.facade.js';
export { can } from './domain/can.policy.js';

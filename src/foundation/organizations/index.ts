export { OrganizationsModule } from './organizations.module.js';
export { OrganizationsFacade } from './organizations.facade.js';
export type { Facility, Organization } from './domain/organization.js';
export type { SetupReport, SetupSection } from './application/setup.js';

export { PatientsModule } from './patients.module.js';
export { PatientsFacade } from './patients.facade.js';
export type { Address, LinkedPair, MergedPerson, Patient, PatientNames } from './domain/patient.js';

export { PatientsModule } from './patients.module.js';
export { PatientsFacade } from './patients.facade.js';
export type { Address, LinkedPair, Patient, PatientNames } from './domain/patient.js';

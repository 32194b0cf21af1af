export { PatientsModule } from './patients.module.js';
export { PatientsFacade } from './patients.facade.js';
export { languageOrder } from './domain/language.policy.js';
export type {
  Address,
  ContactAddress,
  LinkedPair,
  LinkState,
  MergedPerson,
  Patient,
  PatientNames,
} from './domain/patient.js';

/** Ids are resource ids: an Appointment was new, changed or went away. */
export const AppointmentsChanged = 'fhir.appointments-changed';
/** Ids are resource ids, which are also the patients' ids. */
export const PatientsChanged = 'fhir.patients-changed';
/** Ids are connection ids: what the EHR can do is not what it was. */
export const CapabilityChanged = 'fhir.capability-changed';

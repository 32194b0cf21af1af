/** The patient's tap on Confirm is in force: ids are appointment ids. */
export const AppointmentConfirmed = 'scheduling.appointment-confirmed';

/** The patient's tap on Cancel has been written to the EHR: ids are appointment ids. */
export const AppointmentCancelledByPatient = 'scheduling.appointment-cancelled-by-patient';

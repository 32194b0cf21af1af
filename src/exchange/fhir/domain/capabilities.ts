/** L0 none, L1 status patch, L2 participant status too, L3 booking through slots. */
export type AppointmentWriteLevel = 'L0' | 'L1' | 'L2' | 'L3';
export type SyncStrategy = 'last-updated' | 'window-scan';
/** How a summary travels: B sealed attachment, C armoured text, D notice only, F not at all. */
export type SummaryCarrier = 'B' | 'C' | 'D' | 'F';

/** What one EHR can do, as its metadata says and the settings overrule. */
export interface Capabilities {
  fhirVersion: string;
  syncStrategy: SyncStrategy;
  patientLastUpdated: boolean;
  /** Values for _include on Appointment. */
  includes: string[];
  appointmentWrite: AppointmentWriteLevel;
  appointmentWriteBy: 'patch' | 'update' | 'none';
  conditionalCreate: boolean;
  communicationCreate: boolean;
  /** How a Communication of ours is found again. */
  communicationSearch: 'identifier' | 'patient' | 'none';
  summaryCarrier: SummaryCarrier;
}

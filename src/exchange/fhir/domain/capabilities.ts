import type { Scopes } from './smart.js';

/** L0 none, L1 status patch, L2 participant status too, L3 booking through slots. */
export type AppointmentWriteLevel = 'L0' | 'L1' | 'L2' | 'L3';
/**
 * `last-updated`: what changed since the mark. `window-scan`: all days of the horizon, compared. `notify-then-read`: hints
 * name what to read, and a slow scan covers what no hint told.
 */
export type SyncStrategy = 'last-updated' | 'window-scan' | 'notify-then-read';
/** What each search of a window scan must name beside its days; `known` where visits can only be read by id. */
export type ScanBy = 'date' | 'location' | 'practitioner' | 'patient' | 'known';
/** How a summary travels: B sealed attachment, C armoured text, D notice only, F not at all. */
export type SummaryCarrier = 'B' | 'C' | 'D' | 'F';

/** What was found to hold for one EHR. */
export interface Facts {
  fhirVersion: string;
  syncStrategy: SyncStrategy;
  scanBy: ScanBy;
  patientLastUpdated: boolean;
  /** Values for _include on Appointment. */
  includes: string[];
  appointmentWrite: AppointmentWriteLevel;
  appointmentWriteBy: 'patch' | 'update' | 'none';
  /** How a visit is moved: its slot replaced (Oracle Health), the whole visit sent with another start, or not at all. */
  reschedule: 'slot' | 'update' | 'none';
  /** How a visit is booked: the operation $book, an Appointment created for a free Slot, or not at all. */
  booking: 'operation' | 'slot' | 'none';
  /** If-None-Exist is honoured. */
  conditionalCreate: boolean;
  /** The EHR's own header for repeating a create, with a UUID in it (AWS HealthLake); null elsewhere. */
  idempotencyHeader: string | null;
  communicationCreate: boolean;
  /** How a Communication of ours is found again. */
  communicationSearch: 'identifier' | 'patient' | 'recipient' | 'none';
  /** How a Communication is marked entered-in-error. */
  communicationChange: 'update' | 'patch' | 'none';
  summaryCarrier: SummaryCarrier;
  /** Types that may be created beside Communication and Appointment, such as Provenance, Observation, DocumentReference. */
  creates: string[];
  /** Types that may be read or searched. */
  reads: string[];
  /** A search by POST is answered, and goes by its body: then no address names a patient. */
  postSearch: boolean;
  /** Of a connection with SMART Backend Services: what was asked for, and what was granted. */
  scopes?: Scopes;
}

/** Who said so: its CapabilityStatement, its vendor's documents, the scopes granted, a live test, or the hospital. */
export type Because = 'statement' | 'vendor' | 'granted' | 'tested' | 'setting';

/** What one EHR can do, and who said so; what `because` does not name was said by the statement. */
export interface Capabilities extends Facts {
  because: Partial<Record<keyof Facts, Because>>;
}

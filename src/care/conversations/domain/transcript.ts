import type { Uuid } from '../../../platform/ids/ids.js';

export interface NewOutcome {
  addressId: Uuid;
  patientId: Uuid;
  /** `appointment-confirmed` */
  code: string;
  appointmentId?: Uuid;
}

export interface Outcome {
  code: string;
  at: Date;
  appointmentId?: Uuid;
}

export interface TranscriptEntry {
  direction: 'inbound' | 'outbound';
  /** Meta's time of an inbound message; when Meta accepted an outbound one. */
  at: Date;
  messageId: Uuid;
  /** As the patient reads or wrote it; empty for media. */
  text: string;
  kind: string;
  by: 'patient' | 'automation' | 'staff';
}

/** What was said, in the order of time. */
export interface Transcript {
  id: Uuid;
  addressId: Uuid;
  patientId: Uuid | null;
  state: 'open' | 'closed';
  openedAt: Date;
  closedAt: Date | null;
  entries: TranscriptEntry[];
  outcomes: Outcome[];
}

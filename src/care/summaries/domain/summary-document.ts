import type { SummaryIdentifier } from './identifier.js';

export interface SummaryMessage {
  /** RFC 3339 with the hospital's offset. */
  at: string;
  by: 'patient' | 'automation' | 'staff';
  kind: string;
  text: string;
  /** `msg_…`: our record of the message. */
  message: string;
}

export interface SummaryOutcome {
  code: string;
  at: string;
  /** `Appointment/12` */
  appointment: string | null;
}

export interface SummaryCorrection {
  /** Of the summary that it corrects. */
  of: SummaryIdentifier;
  note: string;
  /** Who says so: an opaque id. */
  by: string;
  at: string;
}

/** What is sealed: who, when, channel, what was asked and answered, outcome, message references. Version 1. */
export interface SummaryDocument {
  format: 'carethread.conversation-summary';
  version: 1;
  identifier: SummaryIdentifier;
  channel: 'whatsapp';
  /** `Patient/123`: a reference, not a name. */
  patient: string;
  /** `cnv_…` */
  conversation: string;
  /** IANA: the zone of every time in here. */
  time_zone: string;
  started_at: string;
  ended_at: string;
  messages: SummaryMessage[];
  outcomes: SummaryOutcome[];
  /** In a correction alone: what staff says is right. It has no messages and outcomes of its own. */
  correction?: SummaryCorrection;
  /** The same for reading. */
  text: string;
}

import { DateTime } from 'luxon';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import type { Transcript } from '../../conversations/index.js';
import type { SummaryIdentifier } from './identifier.js';
import type { SummaryDocument } from './summary-document.js';
import { renderText } from './text.js';

export interface Composition {
  identifier: SummaryIdentifier;
  transcript: Transcript;
  /** `Patient/123` */
  patient: string;
  /** IANA */
  timeZone: string;
  /** `Appointment/12` by our appointment id. */
  appointments: ReadonlyMap<Uuid, string>;
}

/** The same conversation gives the same bytes: no clock, no chance, no order but the conversation's. */
export function compose(composition: Composition): SummaryDocument {
  const { identifier, transcript, patient, timeZone, appointments } = composition;
  const at = (time: Date): string => localTime(time, timeZone);
  const facts = {
    format: 'carethread.conversation-summary' as const,
    version: 1 as const,
    identifier,
    channel: 'whatsapp' as const,
    patient,
    conversation: publicId('cnv', transcript.id),
    time_zone: timeZone,
    started_at: at(transcript.entries[0]?.at ?? transcript.openedAt),
    ended_at: at(lastMessageAt(transcript)),
    messages: transcript.entries.map((entry) => ({
      at: at(entry.at),
      by: entry.by,
      kind: entry.kind,
      text: entry.text,
      message: publicId('msg', entry.messageId),
    })),
    outcomes: transcript.outcomes.map((outcome) => ({
      code: outcome.code,
      at: at(outcome.at),
      appointment: (outcome.appointmentId && appointments.get(outcome.appointmentId)) ?? null,
    })),
  };
  return { ...facts, text: renderText(facts) };
}

export interface Correction {
  identifier: SummaryIdentifier;
  of: SummaryIdentifier;
  conversationId: Uuid;
  patient: string;
  timeZone: string;
  note: string;
  by: string;
  at: Date;
}

/** What staff says against an earlier summary, as a document of the same shape. */
export function composeCorrection(correction: Correction): SummaryDocument {
  const { identifier, of, conversationId, patient, timeZone, note, by } = correction;
  const at = localTime(correction.at, timeZone);
  const facts = {
    format: 'carethread.conversation-summary' as const,
    version: 1 as const,
    identifier,
    channel: 'whatsapp' as const,
    patient,
    conversation: publicId('cnv', conversationId),
    time_zone: timeZone,
    started_at: at,
    ended_at: at,
    messages: [],
    outcomes: [],
    correction: { of, note, by, at },
  };
  return { ...facts, text: renderText(facts) };
}

export function lastMessageAt(transcript: Transcript): Date {
  return transcript.entries.at(-1)?.at ?? transcript.openedAt;
}

/** RFC 3339 with the offset of that zone at that time. */
export function localTime(time: Date, timeZone: string): string {
  return DateTime.fromJSDate(time, { zone: timeZone }).toISO({ suppressMilliseconds: true })!;
}

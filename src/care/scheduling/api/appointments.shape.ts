import { publicId } from '../../../platform/ids/ids.js';
import type { TimelineEntry } from '../application/timeline.js';
import type { ShownStep, ShownVisit } from '../application/visit-queries.js';
import { withOffset } from '../domain/wall-clock.js';
import type { AppointmentEntity } from '../infrastructure/appointment.entity.js';
import type { AppointmentDto, ReminderDto, TimelineDto, TimelineEntryDto } from './appointments.dto.js';

export function showVisit({ visit, steps }: ShownVisit): AppointmentDto {
  const { timeZone } = visit;
  const at = (time: Date | null): string | null => time && withOffset(time, timeZone);
  return {
    id: publicId('apt', visit.id),
    ehr_connection: publicId('ehr', visit.connectionId),
    reference: `Appointment/${visit.fhirId}`,
    patient: visit.patientId && publicId('pat', visit.patientId),
    status: visit.status,
    participant_status: visit.participantStatus,
    live: visit.visitClass !== 'not-live',
    start: withOffset(visit.startsAt, timeZone),
    end: at(visit.endsAt),
    time_zone: timeZone,
    place: visit.placeReference,
    practitioner: visit.practitionerReference,
    visit_version: visit.visitVersion,
    confirmed_at: visit.confirmedVersion === visit.visitVersion ? at(visit.confirmedAt) : null,
    cancel_asked_at: visit.cancelAskedVersion === visit.visitVersion ? at(visit.cancelAskedAt) : null,
    reminders: steps.map((step) => showStep(step, timeZone)),
  };
}

export function showTimeline({
  visit,
  entries,
}: {
  visit: AppointmentEntity;
  entries: TimelineEntry[];
}): TimelineDto {
  return {
    appointment: publicId('apt', visit.id),
    time_zone: visit.timeZone,
    data: entries.map((entry) => showEntry(entry, visit.timeZone)),
  };
}

function showStep({ step, ruleKey, message }: ShownStep, timeZone: string): ReminderDto {
  return {
    id: publicId('stp', step.id),
    rule: ruleKey,
    visit_version: step.visitVersion,
    state: step.state,
    reason: step.reason,
    due_at: withOffset(step.dueAt, timeZone),
    message_id: step.messageId && publicId('msg', step.messageId),
    message_state: message?.state ?? null,
    message_reason: message?.reason ?? null,
  };
}

function showEntry(
  { at, what, rule, reason, words, code, messageId, workItemId }: TimelineEntry,
  timeZone: string,
): TimelineEntryDto {
  return {
    at: withOffset(at, timeZone),
    what,
    rule,
    reason,
    words,
    code,
    message_id: messageId && publicId('msg', messageId),
    work_item_id: workItemId && publicId('wki', workItemId),
  };
}

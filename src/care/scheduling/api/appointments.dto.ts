import { Transform } from 'class-transformer';
import { IsDate, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { PageQuery } from '../../../platform/http/paging.js';
import { asInstant } from './instant.js';

const STATUSES = [
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
];

export class AppointmentQuery extends PageQuery {
  /** `pat_…` */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  patient?: string;

  @IsOptional()
  @IsIn(STATUSES)
  status?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Begins at or after this instant.' })
  @IsOptional()
  @Transform(asInstant)
  @IsDate({ message: 'from must be a time with its offset' })
  from?: Date;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Begins before this instant.' })
  @IsOptional()
  @Transform(asInstant)
  @IsDate({ message: 'to must be a time with its offset' })
  to?: Date;
}

/** One reminder of a visit: the step, and the message that it became. */
export class ReminderDto {
  /** `stp_…` */
  id: string;
  /** The rule's key. */
  rule: string;
  /** Of the visit version that it speaks of. */
  visit_version: number;
  state: 'planned' | 'handed' | 'withdrawn' | 'skipped' | 'expired';
  /** Why it ended as it did, or what a planned one waits for. */
  reason: string | null;
  due_at: string;
  /** `msg_…`, once handed to messaging. */
  message_id: string | null;
  message_state: string | null;
  message_reason: string | null;
}

/** One patient's part in an Appointment of the EHR. */
export class AppointmentDto {
  id: string;
  /** `ehr_…` */
  ehr_connection: string;
  /** `Appointment/123` in that EHR. */
  reference: string;
  /** `pat_…`; null until the patient has been read. */
  patient: string | null;
  status: string;
  participant_status: string;
  /** Whether the visit stands. */
  live: boolean;
  /** In the visit's own zone. */
  start: string;
  end: string | null;
  /** IANA. */
  time_zone: string;
  place: string | null;
  practitioner: string | null;
  visit_version: number;
  /** When the patient confirmed this version by a tap. */
  confirmed_at: string | null;
  /** When the patient asked to cancel this version by a tap. */
  cancel_asked_at: string | null;
  reminders: ReminderDto[];
}

export class AppointmentPageDto {
  data: AppointmentDto[];
  next_cursor: string | null;
}

export class TimelineEntryDto {
  /** With the offset of the visit's zone. */
  at: string;
  what: string;
  rule: string | null;
  reason: string | null;
  /** What became of the patient's answer, in words. */
  words: string | null;
  /** Meta's error code of a message that failed. */
  code: number | null;
  message_id: string | null;
  work_item_id: string | null;
}

export class TimelineDto {
  appointment: string;
  time_zone: string;
  data: TimelineEntryDto[];
}

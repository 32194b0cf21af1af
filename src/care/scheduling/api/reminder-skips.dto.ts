import { Transform } from 'class-transformer';
import { IsDate, IsOptional, Matches } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { PageQuery } from '../../../platform/http/paging.js';
import { asInstant } from './instant.js';

export class ReminderSkipQuery extends PageQuery {
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'Was due at or after this instant.',
  })
  @IsOptional()
  @Transform(asInstant)
  @IsDate({ message: 'since must be a time with its offset' })
  since?: Date;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Was due before this instant.' })
  @IsOptional()
  @Transform(asInstant)
  @IsDate({ message: 'until must be a time with its offset' })
  until?: Date;

  /** A code, as the entries have it. */
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9.-]{0,62}$/, { message: 'reason must be a code' })
  reason?: string;
}

/** A reminder that did not reach its patient, as far as we know. */
export class ReminderSkipDto {
  /** `stp_…` */
  id: string;
  /** `apt_…` */
  appointment: string;
  /** `pat_…`; null when the patient was never read. */
  patient: string | null;
  /** The rule's key. */
  rule: string;
  visit_version: number;
  /** `refused`, `failed`, `parked`, and `expired` with a message id: it was handed to messaging, and ended there. */
  state: 'withdrawn' | 'skipped' | 'expired' | 'refused' | 'failed' | 'parked';
  reason: string;
  /** The reason in words. */
  words: string;
  /** In the visit's own zone. */
  due_at: string;
  /** When the step was decided. */
  ended_at: string;
  /** `msg_…`, once handed to messaging. */
  message_id: string | null;
}

export class ReminderSkipPageDto {
  data: ReminderSkipDto[];
  next_cursor: string | null;
}

import { IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { PageQuery } from '../../../platform/http/paging.js';
import {
  RETRACTION_REASONS,
  STATES,
  type RetractionReason,
  type SummaryState,
} from '../domain/summary.states.js';

export class SummaryQuery extends PageQuery {
  /** `pat_…` */
  @IsOptional()
  @Matches(/^pat_[0-9a-z]{26}$/, { message: 'must be a pat_ id' })
  patient?: string;

  /** `cnv_…` */
  @IsOptional()
  @Matches(/^cnv_[0-9a-z]{26}$/, { message: 'must be a cnv_ id' })
  conversation?: string;

  @IsOptional()
  @IsIn(STATES)
  state?: SummaryState;
}

/** Two pages: a correction says what is right, and is no second record. */
const NOTE_LIMIT = 4_000;

export class CorrectionDto {
  /** What is right. It is sealed like the summary, and nothing of it stands outside. */
  @IsString()
  @MinLength(1)
  @MaxLength(NOTE_LIMIT)
  note: string;
}

export class RetractionDto {
  @IsIn(RETRACTION_REASONS)
  reason: RetractionReason;
}

/** Where a summary stands. Its content is only opened through `/open`. */
export class SummaryDto {
  id: string;
  conversation: string;
  /** `sum_…`: the summary that this one corrects. */
  corrects: string | null;
  /** Null while it is held: staff must name the patient, or an answer is awaited. */
  patient: string | null;
  state: SummaryState;
  /** `Communication/12` in the EHR, once written. */
  communication: string | null;
  /** How it travels: B sealed attachment, C armoured text, D notice only, F not at all. */
  carrier: string | null;
  attempts: number;
  /** Why it is not written, as a code. */
  reason: string | null;
  composed_at: string;
  written_at: string | null;
}

export class SummaryPageDto {
  data: SummaryDto[];
  next_cursor: string | null;
}

export class SummaryMessageDto {
  at: string;
  by: 'patient' | 'automation' | 'staff';
  kind: string;
  text: string;
  message: string;
}

export class SummaryOutcomeDto {
  code: string;
  at: string;
  appointment: string | null;
}

export class SummaryCorrectionDto {
  /** The identifier of what it corrects. */
  of: { system: string; value: string };
  note: string;
  by: string;
  at: string;
}

export class SummaryDocumentDto {
  format: string;
  version: number;
  identifier: { system: string; value: string };
  channel: string;
  /** `Patient/123` */
  patient: string;
  conversation: string;
  time_zone: string;
  started_at: string;
  ended_at: string;
  messages: SummaryMessageDto[];
  outcomes: SummaryOutcomeDto[];
  /** In a correction alone. */
  correction?: SummaryCorrectionDto;
  /** The same for reading. */
  text: string;
}

export class OpenedSummaryDto {
  /** `ehr`: the EHR's copy was read and opened; `carethread`: ours. */
  source: 'ehr' | 'carethread';
  summary: SummaryDocumentDto;
}

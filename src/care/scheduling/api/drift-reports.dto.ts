import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../../platform/http/paging.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export class NewDriftReportDto {
  /** `ehr_…` */
  @IsString()
  @MaxLength(40)
  ehr_connection: string;

  /** The first day, `yyyy-mm-dd` of the hospital; today when it is left out. */
  @IsOptional()
  @Matches(DAY, { message: 'from must be a day' })
  from?: string;

  /** The last day; seven days after the first when it is left out. At most 14 days. */
  @IsOptional()
  @Matches(DAY, { message: 'until must be a day' })
  until?: string;
}

export class DriftReportQuery extends PageQuery {
  /** `ehr_…` */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  ehr_connection?: string;
}

/** Why a day is incomplete. */
export class DriftCauseDto {
  /** A code: `fhir.unavailable`. */
  code: string;
  /** For a person. */
  words: string;
}

/** One day at one facility. */
export class DriftDayDto {
  /** `yyyy-mm-dd` on the wall clock there. */
  day: string;
  /** `Location/1`; null where the EHR names none. */
  facility: string | null;
  /** Standing visits that the EHR has, by patient. */
  ehr: number;
  /** Standing visits that are planned with here, by patient. */
  here: number;
  /** Reminders to come. */
  planned: number;
  /** Reminders that went, as far as is known. */
  sent: number;
  /** Reminders that did not go or will not, by reason. */
  skipped: Record<string, number>;
  /** What differs, by kind. */
  differences: Record<string, number>;
  /**
   * Visits that the EHR keeps from us, by reason: `restricted` behind break-the-glass, `forbidden`. They are no
   * difference, and have a work item of their own.
   */
  hidden: Record<string, number>;
  /** Why the EHR may have more or other than it showed; empty where it showed everything. */
  incomplete: DriftCauseDto[];
}

/** What an EHR has beside what is planned here. */
export class DriftReportDto {
  /** `drf_…` */
  id: string;
  /** `ehr_…` */
  ehr_connection: string;
  /** Whether it was made by itself at night. */
  nightly: boolean;
  /** The first and the last day, `yyyy-mm-dd` of the hospital. */
  from: string;
  until: string;
  /** `incomplete`: the EHR did not show everything; its days say where and why. */
  state: 'running' | 'complete' | 'incomplete' | 'failed';
  /** Why it failed. */
  fault_code: string | null;
  ehr: number;
  here: number;
  /** Visits that differ and that the EHR changed less than 15 minutes ago: no difference yet. */
  settling: number;
  differences: number;
  begun_at: string;
  ended_at: string | null;
}

export class DriftReportDetailDto extends DriftReportDto {
  days: DriftDayDto[];
}

export class DriftReportPageDto {
  data: DriftReportDto[];
  next_cursor: string | null;
}

export class DriftDifferenceDto {
  kind:
    | 'only-in-ehr'
    | 'only-here'
    | 'start'
    | 'status'
    | 'participant-status'
    | 'place'
    | 'practitioner'
    | 'time-zone'
    | 'unusable';
  day: string;
  facility: string | null;
  /** `Appointment/123` in that EHR. */
  reference: string;
  /** `apt_…`; null where there is none. */
  appointment: string | null;
  /** Codes, references or instants. */
  here: string | null;
  ehr: string | null;
}

export class DriftDifferencePageDto {
  data: DriftDifferenceDto[];
  next_cursor: string | null;
}

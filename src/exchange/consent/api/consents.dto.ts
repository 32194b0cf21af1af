import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { PageQuery } from '../../../platform/http/paging.js';
import {
  METHODS,
  type ConsentMethod,
  type ConsentStatus,
  type GivenBy,
  type Purpose,
} from '../domain/consent.js';

/** FHIR R4 id: up to 64 letters, digits, dots and hyphens. */
const PATIENT_REFERENCE = /^Patient\/[A-Za-z0-9.-]{1,64}$/;
/** RFC 3339: a time without an offset is nobody's time. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** What shows it. Sealed under the patient's key. */
export class EvidenceDto {
  @IsOptional()
  @IsString()
  @MaxLength(2_000)
  note?: string;

  /** `DocumentReference/12` in the EHR, for a signed form. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  document_reference?: string;
}

export class GrantConsentDto {
  /** `Patient/123` in the EHR. */
  @Matches(PATIENT_REFERENCE, { message: 'must be Patient/<id>' })
  patient: string;

  /** Name or `ehr_…` id of the connection. */
  @IsString()
  @MaxLength(100)
  ehr_connection: string;

  /** `RelatedPerson/9`: the guardian who agrees for a minor; needed only when several could. */
  @IsOptional()
  @Matches(/^RelatedPerson\/[A-Za-z0-9.-]{1,64}$/, { message: 'must be RelatedPerson/<id>' })
  proxy?: string;

  /** appointment-reminders, care-conversation, education, surveys, monitoring. */
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MaxLength(50, { each: true })
  purposes: string[];

  @IsIn(METHODS)
  method: ConsentMethod;

  /** `1` is the shipped wording: see /v1/consents/wordings. */
  @IsString()
  @MaxLength(20)
  wording_version: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => EvidenceDto)
  evidence?: EvidenceDto;

  /** When the patient agreed, with offset. */
  @IsISO8601({ strict: true })
  @Matches(INSTANT, { message: 'must be RFC 3339 with seconds and offset' })
  recorded_at: string;

  /** Where the patient would rather be reached, if not on WhatsApp. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  other_channel?: string;
}

export class WithdrawConsentDto {
  /** How the patient said so. */
  @IsOptional()
  @IsIn(METHODS)
  method: ConsentMethod = 'verbal';

  @IsOptional()
  @ValidateNested()
  @Type(() => EvidenceDto)
  evidence?: EvidenceDto;
}

export class ConsentQuery extends PageQuery {
  /** `pat_…` */
  @IsOptional()
  @Matches(/^pat_[0-9a-z]{26}$/, { message: 'must be a pat_ id' })
  patient?: string;

  @IsOptional()
  @IsIn(['active', 'inactive'])
  status?: ConsentStatus;
}

/** One patient's consent to one purpose on one address. */
export class ConsentDto {
  id: string;
  patient: string;
  address: string;
  purpose: Purpose;
  status: ConsentStatus;
  method: ConsentMethod;
  wording_version: string;
  recorded_at: string;
  /** `proxy`: a guardian agreed for a minor, at the guardian's own address. */
  given_by: GivenBy;
  version: number;
}

export class ConsentPageDto {
  data: ConsentDto[];
  next_cursor: string | null;
}

export class ConsentEvidenceDto {
  note: string | null;
  document_reference: string | null;
  /** `msg_…`: the WhatsApp message that says it. */
  message: string | null;
}

export class ConsentVersionDto {
  version: number;
  status: ConsentStatus;
  method: ConsentMethod;
  wording_version: string;
  recorded_at: string;
  changed_at: string;
  /** Opaque id of who changed it. */
  changed_by: string;
  evidence: ConsentEvidenceDto | null;
  other_channel: string | null;
}

/** With everything that shows it. Reading it is audited. */
export class ConsentDetailDto extends ConsentDto {
  /** What the patient named last. */
  other_channel: string | null;
  /** Oldest first. */
  history: ConsentVersionDto[];
}

export class WordingDto {
  version: string;
  language: string;
  title: string;
  /** With the hospital's name. */
  agreement: string;
  purposes: Record<Purpose, string>;
  information: string;
  risks: string[];
  stopping: string;
  other_channels: string;
}

export class WordingListDto {
  data: WordingDto[];
  next_cursor: string | null;
}

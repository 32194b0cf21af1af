import { PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  CARRIERS,
  EscrowKeySetup,
  LABELS,
  LEVELS,
  LIMITS,
  LOCATION,
  NAME,
  PRACTITIONER,
  QuietHoursSetup,
  RECIPIENT,
  SCANS,
  SENDER,
  STRATEGIES,
} from '../application/setup.dto.js';
import { PROFILES, type Profile } from '../domain/connection.js';
import type {
  AppointmentWriteLevel,
  Because,
  ScanBy,
  SummaryCarrier,
  SyncStrategy,
} from '../domain/capabilities.js';

/** How we sign in to the EHR. Goes in, never comes out. */
export class AuthDto {
  @IsIn(['none', 'basic', 'bearer', 'smart-backend'])
  type: 'none' | 'basic' | 'bearer' | 'smart-backend';

  @IsOptional()
  @Matches(/^[^:]+$/)
  @MaxLength(500)
  username?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(5_000)
  password?: string;

  @IsOptional()
  @Matches(/^[\x21-\x7e]+$/)
  @MaxLength(10_000)
  token?: string;
}

export class SyncSettingsDto {
  @IsOptional()
  @IsIn(STRATEGIES)
  strategy?: 'auto' | SyncStrategy;

  /** What each search of a scan names beside its days. */
  @IsOptional()
  @IsIn(SCANS)
  scan_by?: 'auto' | ScanBy;

  /** Days ahead that are followed. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.horizonDays)
  horizon_days?: number;

  @IsOptional()
  @IsInt()
  @Min(5)
  @Max(LIMITS.intervalSeconds)
  interval_seconds?: number;

  /** `Location/12`; none: all that the EHR's search gives. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @Matches(LOCATION, { each: true })
  locations?: string[];

  /** `Practitioner/12`: for a scan by practitioner. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1_000)
  @Matches(PRACTITIONER, { each: true })
  practitioners?: string[];
}

export class BudgetDto {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.requestsPerSecond)
  requests_per_second?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.concurrency)
  concurrency?: number;

  /** Wall clock of the hospital in which only the next days are scanned; null: never. */
  @IsOptional()
  @ValidateNested()
  @Type(() => QuietHoursSetup)
  quiet_hours?: QuietHoursSetup | null;
}

export class SummarySettingsDto {
  @IsOptional()
  @IsIn(CARRIERS)
  carrier?: 'auto' | SummaryCarrier;

  /** The hospital's own public key: what it seals for, the hospital can open without us. */
  @IsOptional()
  @ValidateNested()
  @Type(() => EscrowKeySetup)
  escrow_key?: EscrowKeySetup | null;

  /** `Practitioner/12`, where an EHR demands a sender. */
  @IsOptional()
  @Matches(SENDER)
  sender?: string | null;

  /** `Practitioner/12` or `Group/3`, where an EHR demands recipients. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(RECIPIENT, { each: true })
  recipients?: string[];

  /** The confidentiality label in meta.security. */
  @IsOptional()
  @IsIn(LABELS)
  label?: 'N' | 'R' | 'V' | null;
}

export class CreateConnectionDto {
  @Matches(NAME)
  name: string;

  /** The FHIR R4 base address. */
  @IsString()
  @MaxLength(500)
  base_url: string;

  /** Other base addresses under which this EHR writes its links and references. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @MaxLength(500, { each: true })
  alternate_base_urls?: string[];

  @IsOptional()
  @IsIn(PROFILES)
  profile?: Profile;

  @IsOptional()
  @ValidateNested()
  @Type(() => AuthDto)
  auth?: AuthDto;

  @IsOptional()
  @ValidateNested()
  @Type(() => SyncSettingsDto)
  sync?: SyncSettingsDto;

  @IsOptional()
  @ValidateNested()
  @Type(() => BudgetDto)
  budget?: BudgetDto;

  /** Overrules what the EHR's metadata says of changing appointments. */
  @IsOptional()
  @IsIn(LEVELS)
  appointment_write?: 'auto' | AppointmentWriteLevel;

  @IsOptional()
  @ValidateNested()
  @Type(() => SummarySettingsDto)
  summary?: SummarySettingsDto;

  /** Loopback and private addresses may be called: for an EHR inside the hospital's network. */
  @IsOptional()
  @IsBoolean()
  allow_private_network?: boolean;

  @IsOptional()
  @IsIn(['active', 'paused'])
  state?: 'active' | 'paused';
}

/** What is left out stays as it is. */
export class ChangeConnectionDto extends PartialType(CreateConnectionDto) {}

export class AuthTypeDto {
  type: 'none' | 'basic' | 'bearer' | 'smart-backend';
}

export class SyncFiguresDto {
  strategy: SyncStrategy;
  /** Whether every day of the horizon was read, not only what changed. */
  full: boolean;
  complete: boolean;
  pages: number;
  rows: number;
  /** New or really changed rows by type. */
  changed: Record<string, number>;
  gone: number;
  forbidden: number;
  /** Rows that this sync could not use, by reason. */
  quarantined: Record<string, number>;
  ignored: number;
  older: number;
  warnings: string[];
}

export class SyncStateDto {
  due_at: string;
  started_at: string | null;
  finished_at: string | null;
  /** The end of the last sync that saw everything it should. */
  complete_at: string | null;
  failures: number;
  /** Code of what went wrong last; null when nothing did. */
  fault: string | null;
  /** The EHR said that it dropped a filter of ours: what it shows is filtered here, and somebody must look. */
  misconfigured: boolean;
  figures: SyncFiguresDto | null;
  /** Rows put aside at present, by reason. */
  quarantined: Record<string, number>;
}

export class ConnectionDto {
  id: string;
  name: string;
  base_url: string;
  alternate_base_urls: string[];
  profile: string;
  auth: AuthTypeDto;
  sync: Required<SyncSettingsDto>;
  budget: Required<BudgetDto>;
  appointment_write: string;
  summary: Required<SummarySettingsDto>;
  allow_private_network: boolean;
  state: 'active' | 'paused';
  status: SyncStateDto | null;
}

export class ConnectionPageDto {
  data: ConnectionDto[];
  next_cursor: string | null;
}

export class CapabilityRowDto {
  question: string;
  answer: string;
  /** Of `action-level` only. */
  level?: AppointmentWriteLevel;
  /** Who said so. */
  because: Because;
  /** The same for a person. */
  words: string;
}

export class CapabilitiesDto {
  fhir_version: string;
  sync_strategy: SyncStrategy;
  scan_by: ScanBy;
  includes: string[];
  appointment_write: AppointmentWriteLevel;
  reschedule: 'slot' | 'update' | 'none';
  booking: 'operation' | 'slot' | 'none';
  conditional_create: boolean;
  idempotency_header: string | null;
  communication_create: boolean;
  communication_search: 'identifier' | 'patient' | 'recipient' | 'none';
  communication_change: 'update' | 'patch' | 'none';
  summary_carrier: SummaryCarrier;
  creates: string[];
  reads: string[];
  /** Searches that name a patient go by POST. */
  post_search: boolean;
  /** All of it in words. */
  table: CapabilityRowDto[];
}

export class TestLineDto {
  question: string;
  ok: boolean;
  /** Code of what went wrong or is not offered; null when nothing is. */
  fault: string | null;
  words: string;
}

export class CheckDto {
  ok: boolean;
  /** Code of what is wrong; null when nothing is. */
  fault: string | null;
  /** The same in words. */
  words: string | null;
  /** What was asked of the EHR, and what came of it. A line that is not ok limits what the connection can do. */
  tests: TestLineDto[];
  capabilities: CapabilitiesDto | null;
}

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
import { CARRIERS, LEVELS, LIMITS, LOCATION, NAME, STRATEGIES } from '../application/setup.dto.js';
import { PROFILES, type Profile } from '../domain/connection.js';
import type { AppointmentWriteLevel, SummaryCarrier, SyncStrategy } from '../domain/capabilities.js';

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
}

export class SummarySettingsDto {
  @IsOptional()
  @IsIn(CARRIERS)
  carrier?: 'auto' | SummaryCarrier;
}

export class CreateConnectionDto {
  @Matches(NAME)
  name: string;

  /** The FHIR R4 base address. */
  @IsString()
  @MaxLength(500)
  base_url: string;

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
  appointment_write?: 'auto' | Exclude<AppointmentWriteLevel, 'L3'>;

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
  type: 'none' | 'basic' | 'bearer';
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
  figures: SyncFiguresDto | null;
  /** Rows put aside at present, by reason. */
  quarantined: Record<string, number>;
}

export class ConnectionDto {
  id: string;
  name: string;
  base_url: string;
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

export class CapabilitiesDto {
  fhir_version: string;
  sync_strategy: SyncStrategy;
  includes: string[];
  appointment_write: AppointmentWriteLevel;
  conditional_create: boolean;
  communication_create: boolean;
  communication_search: 'identifier' | 'patient' | 'none';
  summary_carrier: SummaryCarrier;
}

export class CheckDto {
  ok: boolean;
  /** Code of what is wrong; null when nothing is. */
  fault: string | null;
  /** The same in words. */
  words: string | null;
  capabilities: CapabilitiesDto | null;
}

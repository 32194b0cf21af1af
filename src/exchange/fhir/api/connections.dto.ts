import { ApiProperty, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import {
  CARRIERS,
  ContactFlagSetup,
  EscrowKeySetup,
  HINT_SECRET,
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
  SUBSCRIPTIONS,
} from '../application/setup.dto.js';
import { CLIENT_ID, KEY_LENGTH, MOST_KEYS, MOST_SCOPES, SCOPE } from '../application/smart-setup.js';
import { PROFILES, type Profile } from '../domain/connection.js';
import type { Band } from '../domain/bands.js';
import type { AppointmentWriteLevel, ScanBy, SummaryCarrier, SyncStrategy } from '../domain/capabilities.js';
import { SIGNING_ALGS, type PublicJwk, type SigningAlg } from '../domain/smart.js';

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

  /** smart-backend: the id that the EHR gave the app. */
  @IsOptional()
  @Matches(CLIENT_ID)
  client_id?: string;

  /** smart-backend: the token endpoint, where the EHR's own metadata does not say it. */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  token_url?: string | null;

  @IsOptional()
  @IsIn(SIGNING_ALGS)
  alg?: SigningAlg;

  /** smart-backend: a PEM or a JWK. None: the product makes a key, keeps it, and shows its public part in the key set. */
  @IsOptional()
  @IsString()
  @MaxLength(KEY_LENGTH)
  private_key?: string;

  /** The same, several: the first signs, the others are only in the key set. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_KEYS)
  @IsString({ each: true })
  @MaxLength(KEY_LENGTH, { each: true })
  private_keys?: string[];

  /** smart-backend: asked for in place of what the connection uses. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_SCOPES)
  @Matches(SCOPE, { each: true })
  scopes?: string[];
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

  /** How far before the mark changes are asked for again. */
  @IsOptional()
  @IsInt()
  @Min(60)
  @Max(LIMITS.overlapSeconds)
  overlap_seconds?: number;

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

/** How the EHR tells of changes. Secrets go in, never come out. */
export class HintsSettingsDto {
  /** What an interface engine signs hints with (HMAC-SHA-256); two while one takes the place of the other. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(2)
  @Matches(HINT_SECRET, { each: true })
  secrets?: string[];

  @IsOptional()
  @IsIn(SUBSCRIPTIONS)
  subscription?: 'none' | 'rest-hook' | 'backport';

  /** The canonical address of a SubscriptionTopic, for `backport`. */
  @IsOptional()
  @IsUrl({ require_tld: false })
  topic?: string | null;
}

export class HintsDto {
  /** Whether hints are taken at all. */
  signed: boolean;
  subscription: 'none' | 'rest-hook' | 'backport';
  topic: string | null;
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

  /** Marks on a Patient by which the EHR says that the person is not to be written to. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => ContactFlagSetup)
  contact_flags?: ContactFlagSetup[];

  @IsOptional()
  @ValidateNested()
  @Type(() => HintsSettingsDto)
  hints?: HintsSettingsDto;

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
  /** smart-backend: where, below our own address, the EHR finds the public keys of this connection. */
  jwks_path?: string;
}

export class RotationDto {
  /** Of the key that follows: its RFC 7638 thumbprint. */
  kid: string;
  /** Until then the key before signs; both are published. */
  signs_from: string;
}

/** A JWK Set (RFC 7517 section 5). */
export class KeySetDto {
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  keys: PublicJwk[];
}

export class SyncFiguresDto {
  strategy: SyncStrategy;
  /** Whether every day of the horizon was read, not only what changed. */
  full: boolean;
  /** What was read: only changes, the next three days, the days ahead, or all. */
  band: 'changes' | Band;
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
  /** Visits that a full sync found although the changes before it should have brought them. */
  drift: number;
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

export class ShownSummaryDto extends SummarySettingsDto {
  /** What the EHR took after it had refused the carrier before; null: nothing was refused. */
  learnt_carrier: string | null;
  /** Settings without which this EHR takes no summary: `sender`, `recipients`. */
  missing: string[];
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
  summary: ShownSummaryDto;
  contact_flags: ContactFlagSetup[];
  hints: HintsDto;
  allow_private_network: boolean;
  state: 'active' | 'paused';
  status: SyncStateDto | null;
}

export class ConnectionPageDto {
  data: ConnectionDto[];
  next_cursor: string | null;
}

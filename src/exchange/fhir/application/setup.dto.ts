import { Type } from 'class-transformer';
import {
  Allow,
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
  ValidateNested,
  Validate,
} from 'class-validator';
import { OnCurve } from './on-curve.js';
import { PROFILES, type Profile } from '../domain/connection.js';

export const NAME = /^[a-z][a-z0-9-]{0,39}$/;
export const LOCATION = /^Location\/[A-Za-z0-9\-.]{1,64}$/;
export const PRACTITIONER = /^Practitioner\/[A-Za-z0-9\-.]{1,64}$/;
export const SENDER = /^(Practitioner|PractitionerRole|Organization|Device)\/[A-Za-z0-9\-.]{1,64}$/;
export const RECIPIENT =
  /^(Practitioner|PractitionerRole|Group|CareTeam|Organization)\/[A-Za-z0-9\-.]{1,64}$/;
export const STRATEGIES = ['auto', 'last-updated', 'window-scan', 'notify-then-read'] as const;
export const SCANS = ['auto', 'date', 'location', 'practitioner', 'patient', 'known'] as const;
export const SUBSCRIPTIONS = ['none', 'rest-hook', 'backport'] as const;
/** 32 characters hold as much as the signature's key takes. */
export const HINT_SECRET = /^[\x21-\x7e]{32,256}$/;
export const LABELS = ['N', 'R', 'V'] as const;
export const CARRIERS = ['auto', 'B', 'C', 'D', 'F'] as const;
export const LEVELS = ['auto', 'L0', 'L1', 'L2', 'L3'] as const;

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
/** 32 bytes in base64url. */
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;

/** Bounds of what a hospital may set: a horizon that is read often, and a pace that no EHR survives, end somewhere. */
export const LIMITS = {
  horizonDays: 366,
  intervalSeconds: 86_400,
  overlapSeconds: 86_400,
  requestsPerSecond: 1_000,
  concurrency: 64,
};

export class SyncSetup {
  @IsOptional()
  @IsIn(STRATEGIES)
  strategy?: (typeof STRATEGIES)[number];

  @IsOptional()
  @IsIn(SCANS)
  scanBy?: (typeof SCANS)[number];

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.horizonDays)
  horizonDays?: number;

  @IsOptional()
  @IsInt()
  @Min(5)
  @Max(LIMITS.intervalSeconds)
  intervalSeconds?: number;

  @IsOptional()
  @IsInt()
  @Min(60)
  @Max(LIMITS.overlapSeconds)
  overlapSeconds?: number;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @Matches(LOCATION, { each: true, message: 'each must be like Location/12' })
  locations?: string[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1_000)
  @Matches(PRACTITIONER, { each: true, message: 'each must be like Practitioner/12' })
  practitioners?: string[];
}

/** Wall clock of the hospital. */
export class QuietHoursSetup {
  @Matches(TIME_OF_DAY, { message: 'from must be like 22:00' })
  from: string;

  @Matches(TIME_OF_DAY, { message: 'to must be like 06:00' })
  to: string;
}

export class BudgetSetup {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.requestsPerSecond)
  requestsPerSecond?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.concurrency)
  concurrency?: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => QuietHoursSetup)
  quietHours?: QuietHoursSetup | null;
}

/** A public key of the hospital, as a JWK (RFC 7517): P-256 for ECDH-ES. */
export class EscrowKeySetup {
  @IsIn(['EC'])
  kty: 'EC';

  @IsIn(['P-256'])
  crv: 'P-256';

  @Matches(COORDINATE, { message: 'x must be 32 bytes in base64url' })
  x: string;

  @Matches(COORDINATE, { message: 'y must be 32 bytes in base64url' })
  @Validate(OnCurve)
  y: string;

  /** `pat_` begins the names of our own keys. */
  @Matches(/^(?!pat_)[A-Za-z0-9._/-]{1,100}$/, {
    message: 'kid must be a name that does not begin with pat_',
  })
  kid: string;
}

export class SummarySetup {
  @IsOptional()
  @IsIn(CARRIERS)
  carrier?: (typeof CARRIERS)[number];

  @IsOptional()
  @ValidateNested()
  @Type(() => EscrowKeySetup)
  escrowKey?: EscrowKeySetup | null;

  @IsOptional()
  @Matches(SENDER, { message: 'sender must be like Practitioner/12' })
  sender?: string | null;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(RECIPIENT, { each: true, message: 'each must be like Practitioner/12 or Group/3' })
  recipients?: string[];

  @IsOptional()
  @IsIn(LABELS)
  label?: (typeof LABELS)[number] | null;
}

export class ContactFlagSetup {
  @IsIn(['label', 'extension'])
  on: 'label' | 'extension';

  @IsString()
  @MaxLength(500)
  url: string;

  @IsString()
  @MaxLength(100)
  value: string;

  /** None: everything. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(/^[a-z][a-z-]{0,39}$/, {
    each: true,
    message: 'each must be a purpose like appointment-reminders',
  })
  purposes: string[] = [];
}

export class HintsSetup {
  /** A secret, or a list of two while one takes the place of the other. */
  @Allow()
  secret?: unknown;

  @IsOptional()
  @IsIn(SUBSCRIPTIONS)
  subscription?: (typeof SUBSCRIPTIONS)[number];

  @IsOptional()
  @IsUrl({ require_tld: false })
  topic?: string | null;
}

/** One entry of `ehr` in the setup file. What it leaves out stays as it is; a new connection begins with the defaults. */
export class EhrSetup {
  @Matches(NAME, { message: 'name must be like main or ward-2' })
  name: string;

  @IsString()
  baseUrl: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  alternateBaseUrls?: string[];

  @IsOptional()
  @IsIn(PROFILES)
  profile?: Profile;

  @Allow()
  auth?: unknown;

  @IsOptional()
  @ValidateNested()
  @Type(() => SyncSetup)
  sync?: SyncSetup;

  @IsOptional()
  @ValidateNested()
  @Type(() => BudgetSetup)
  budget?: BudgetSetup;

  @IsOptional()
  @IsIn(LEVELS)
  appointmentWrite?: (typeof LEVELS)[number];

  @IsOptional()
  @ValidateNested()
  @Type(() => SummarySetup)
  summary?: SummarySetup;

  /** Marks on a Patient by which the EHR says that the person is not to be written to. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => ContactFlagSetup)
  contactFlags?: ContactFlagSetup[];

  @IsOptional()
  @ValidateNested()
  @Type(() => HintsSetup)
  hints?: HintsSetup;

  @IsOptional()
  @IsBoolean()
  allowPrivateNetwork?: boolean;

  @IsOptional()
  @IsBoolean()
  disabled?: boolean | null;
}

export class BasicAuthSetup {
  @IsIn(['basic'])
  type: 'basic';

  @Matches(/^[^:]+$/, { message: 'username must not be empty or hold a colon' })
  username: string;

  @Allow()
  password: unknown;
}

export class BearerAuthSetup {
  @IsIn(['bearer'])
  type: 'bearer';

  @Allow()
  token: unknown;
}

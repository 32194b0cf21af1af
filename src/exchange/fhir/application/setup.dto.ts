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
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { PROFILES, type Profile } from '../domain/connection.js';

export const NAME = /^[a-z][a-z0-9-]{0,39}$/;
export const LOCATION = /^Location\/[A-Za-z0-9\-.]{1,64}$/;
export const STRATEGIES = ['auto', 'last-updated', 'window-scan'] as const;
export const CARRIERS = ['auto', 'B', 'C', 'D', 'F'] as const;
export const LEVELS = ['auto', 'L0', 'L1', 'L2'] as const;

/** Bounds of what a hospital may set: a horizon that is read often, and a pace that no EHR survives, end somewhere. */
export const LIMITS = {
  horizonDays: 366,
  intervalSeconds: 86_400,
  requestsPerSecond: 1_000,
  concurrency: 64,
};

export class SyncSetup {
  @IsOptional()
  @IsIn(STRATEGIES)
  strategy: (typeof STRATEGIES)[number] = 'auto';

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.horizonDays)
  horizonDays: number = 45;

  @IsOptional()
  @IsInt()
  @Min(5)
  @Max(LIMITS.intervalSeconds)
  intervalSeconds: number = 300;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @Matches(LOCATION, { each: true, message: 'each must be like Location/12' })
  locations: string[] = [];
}

export class BudgetSetup {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.requestsPerSecond)
  requestsPerSecond: number = 5;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LIMITS.concurrency)
  concurrency: number = 2;
}

export class SummarySetup {
  @IsOptional()
  @IsIn(CARRIERS)
  carrier: (typeof CARRIERS)[number] = 'auto';

  @IsOptional()
  @IsIn([null], { message: 'an escrow key is not offered yet' })
  escrowKey: null = null;
}

/** One entry of `ehr` in the setup file. */
export class EhrSetup {
  @Matches(NAME, { message: 'name must be like main or ward-2' })
  name: string;

  @IsString()
  baseUrl: string;

  @IsOptional()
  @IsIn(PROFILES)
  profile: Profile = 'auto';

  @Allow()
  auth: unknown = { type: 'none' };

  @IsOptional()
  @ValidateNested()
  @Type(() => SyncSetup)
  sync: SyncSetup = new SyncSetup();

  @IsOptional()
  @ValidateNested()
  @Type(() => BudgetSetup)
  budget: BudgetSetup = new BudgetSetup();

  @IsOptional()
  @IsIn(LEVELS)
  appointmentWrite: (typeof LEVELS)[number] = 'auto';

  @IsOptional()
  @ValidateNested()
  @Type(() => SummarySetup)
  summary: SummarySetup = new SummarySetup();

  @IsOptional()
  @IsBoolean()
  allowPrivateNetwork: boolean = false;
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

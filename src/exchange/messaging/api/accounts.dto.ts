import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { GRAPH_BASE_URL, META_ID } from '../domain/account.policy.js';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

export class NewAccountDto {
  /** Unique in the organization. */
  @Matches(NAME)
  name: string;

  /** With the version: `https://graph.facebook.com/v25.0`. */
  @Matches(GRAPH_BASE_URL)
  @MaxLength(500)
  graph_base_url: string;

  @Matches(META_ID)
  business_account_id: string;

  @Matches(META_ID)
  phone_number_id: string;

  /** A system user's token. Stored sealed, never shown. */
  @IsString()
  @MinLength(1)
  @MaxLength(4_000)
  access_token: string;

  /** One, or two while one replaces the other. Stored sealed, never shown. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(2)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(200, { each: true })
  app_secrets: string[];

  /** What Meta's handshake must name. Stored sealed, never shown. */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  verify_token: string;

  /** Whether the address may lie in the own network. */
  @IsOptional()
  @IsBoolean()
  allow_private_network?: boolean;
}

/** What is left out stays as it is. */
export class ChangeAccountDto {
  @IsOptional()
  @Matches(NAME)
  name?: string;

  @IsOptional()
  @Matches(GRAPH_BASE_URL)
  @MaxLength(500)
  graph_base_url?: string;

  @IsOptional()
  @Matches(META_ID)
  business_account_id?: string;

  @IsOptional()
  @Matches(META_ID)
  phone_number_id?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(4_000)
  access_token?: string;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(2)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(200, { each: true })
  app_secrets?: string[];

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  verify_token?: string;

  @IsOptional()
  @IsBoolean()
  allow_private_network?: boolean;

  /** A disabled account sends nothing; its webhooks are still taken. */
  @IsOptional()
  @IsIn(['active', 'disabled'])
  state?: 'active' | 'disabled';
}

/** Why nothing goes out at present. */
export class HoldDto {
  /** Meta's error code. */
  code: number;
  /** What waits: everything, or only templates while replies still go. */
  scope: string;
  /** When it is tried again; null: once the account is changed or checked. */
  until: string | null;
}

export class AccountTemplatesDto {
  read_at: string | null;
  /** A code: why the last reading failed. */
  failure: string | null;
}

export class AccountDto {
  id: string;
  name: string;
  graph_base_url: string;
  business_account_id: string;
  phone_number_id: string;
  /** As Meta shows it. */
  display_number: string | null;
  allow_private_network: boolean;
  state: string;
  hold: HoldDto | null;
  /** Meta's word: GREEN, YELLOW, RED or UNKNOWN. */
  quality_rating: string | null;
  templates: AccountTemplatesDto;
  created_at: string;
}

export class AccountPageDto {
  data: AccountDto[];
  next_cursor: string | null;
}

export class AccountCheckDto {
  /** Always true: a check that fails is a problem of kind `whatsapp.*`. */
  ok: boolean;
  display_number: string | null;
  verified_name: string | null;
  quality_rating: string | null;
}

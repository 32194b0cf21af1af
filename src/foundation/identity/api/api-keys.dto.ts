import {
  ArrayNotEmpty,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { LONGEST_LIFE_DAYS, SCOPES } from '../domain/api-key.js';

export class CreateApiKeyDto {
  /** What the key is for: `interface engine`. */
  @IsString()
  @MinLength(1)
  @MaxLength(120)
  name: string;

  @ArrayNotEmpty()
  @IsIn(SCOPES, { each: true })
  scopes: string[];

  /** Days until it expires; 90 unless told. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_LIFE_DAYS)
  expires_in_days?: number;
}

export class ApiKeyDto {
  id: string;
  name: string;
  /** The first characters of the key, to know it by. */
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  /** The key in clear: shown this once. */
  key: string;
}

export class ApiKeyPageDto {
  data: ApiKeyDto[];
  next_cursor: string | null;
}

import {
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsISO31661Alpha2,
  IsOptional,
  IsString,
  IsTimeZone,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

/** Nowhere do people come of age later than at 21; the rest is room. */
const OLDEST_MAJORITY = 30;

/** One hospital of the setup file, its modules' sections aside. */
export class OrganizationSetup {
  @Matches(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    message: 'slug must be lower-case letters, digits and hyphens',
  })
  slug: string;

  @IsString()
  @MaxLength(120)
  name: string;

  @IsTimeZone({ message: 'timeZone must be an IANA name such as Asia/Kolkata' })
  timeZone: string;

  @IsISO31661Alpha2({ message: 'country must be two letters (ISO 3166-1)' })
  country: string;

  @IsArray()
  @ArrayNotEmpty()
  @Matches(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, {
    each: true,
    message: 'languages must be BCP 47 tags such as en or pt-BR',
  })
  languages: string[];

  /** In full years: who is younger is a minor, and is written to through a guardian. */
  @IsInt()
  @Min(1)
  @Max(OLDEST_MAJORITY)
  majorityAge: number = 18;

  /** From this age on a minor is written to at the own number, on the own consent; absent: never. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(OLDEST_MAJORITY)
  confidentialFrom: number | null = null;
}

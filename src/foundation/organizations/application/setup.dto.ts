import {
  ArrayNotEmpty,
  IsArray,
  IsISO31661Alpha2,
  IsString,
  IsTimeZone,
  Matches,
  MaxLength,
} from 'class-validator';

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
}

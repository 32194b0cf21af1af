/** A hospital. */
export class OrganizationDto {
  id: string;
  slug: string;
  name: string;
  /** IANA name. */
  time_zone: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** BCP 47; the first is the default. */
  languages: string[];
  /** In full years: who is younger is written to through a guardian. */
  majority_age: number;
  /** From this age on a minor is written to at the own number; null: never. */
  confidential_from: number | null;
}

export class OrganizationPageDto {
  data: OrganizationDto[];
  next_cursor: string | null;
}

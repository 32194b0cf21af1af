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
}

export class OrganizationPageDto {
  data: OrganizationDto[];
  next_cursor: string | null;
}

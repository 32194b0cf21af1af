import { IsOptional, Matches } from 'class-validator';
import { PageQuery } from '../../../platform/http/paging.js';

export class PatientQuery extends PageQuery {
  /** Name or id (`ehr_…`) of the EHR connection. */
  @IsOptional()
  @Matches(/^[a-z][a-z0-9_-]{0,60}$/)
  ehr_connection?: string;

  /** `Patient/123`; together with `ehr_connection`. */
  @IsOptional()
  @Matches(/^Patient\/[A-Za-z0-9\-.]{1,64}$/)
  reference?: string;
}

/** A patient without what identifies a person. */
export class PatientDto {
  id: string;
  ehr_connection: string;
  /** `Patient/123` */
  reference: string;
  /** BCP 47; null: the hospital's default. */
  language: string | null;
  deceased: boolean;
  active: boolean;
  /** True until surely of age. */
  minor: boolean;
  /** Why no number of the EHR can be used, as a code; null when one can. */
  contact_fault: string | null;
  /** `pat_…`: the record that stands for this one, because the EHR merged it. */
  merged_into: string | null;
}

export class PatientPageDto {
  data: PatientDto[];
  next_cursor: string | null;
}

export class PatientAddressDto {
  id: string;
  kind: 'phone' | 'user-id';
  /** All but the last two characters hidden; null when it was erased. */
  masked: string | null;
}

export class PatientDetailDto extends PatientDto {
  /** Null when it was erased. */
  name: string | null;
  /** Best first. */
  addresses: PatientAddressDto[];
}

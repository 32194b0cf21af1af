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
  /** Messages go to a guardian, and never to the number in the patient's own record. */
  by_proxy: boolean;
  /** Why no number of the EHR can be used, as a code; null when one can. */
  contact_fault: string | null;
  /** `pat_…`: the record that stands for this one, because the EHR merged it. */
  merged_into: string | null;
  /** What staff should mend in the numbers of the EHR, also beside one that can be used, as a code; null: nothing. */
  contact_review: string | null;
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

/** Where a patient can be reached now; `confirmed: false`: others share it, and nobody has said that it reaches this one. */
export class PatientReachDto extends PatientAddressDto {
  confirmed: boolean;
}

/** A RelatedPerson of the EHR. */
export class PatientProxyDto {
  /** `RelatedPerson/9` */
  reference: string;
  /** v3-RoleCode of a guardian; null: related in another way. */
  relationship: string | null;
  /** Why this one is not written to now, as a code; null when it is. */
  fault: string | null;
  /** When the EHR lets the part end; null: open. */
  ends_at: string | null;
  addresses: PatientAddressDto[];
}

export class PatientDetailDto extends PatientDto {
  /** Null when it was erased. */
  name: string | null;
  /** Best first; of a minor the guardians'. */
  addresses: PatientReachDto[];
  /** Who the EHR says is related to the patient; asked for minors only. */
  proxies: PatientProxyDto[];
  /** In which messages are looked for a template, best first: the patient's, then the hospital's. BCP 47. */
  languages: string[];
}

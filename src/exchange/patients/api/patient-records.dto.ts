import { ApiProperty } from '@nestjs/swagger';

export class CareTeamMemberDto {
  /** `Practitioner/5` */
  reference: string;
  name: string | null;
  role: string | null;
}

export class CareTeamDto {
  /** `CareTeam/801` */
  reference: string;
  name: string | null;
  /** Those who are on the team now. */
  members: CareTeamMemberDto[];
}

export class CareTeamsDto {
  /** False where the EHR offers no CareTeam, or none was read yet. */
  offered: boolean;
  /** When the EHR last answered; null: it has not yet. */
  as_of: string | null;
  data: CareTeamDto[];
}

/** A record that the EHR did not offer to take, without its content. */
export class KeptResourceDto {
  /** `kpt_…` */
  id: string;
  type: 'DocumentReference' | 'Observation' | 'QuestionnaireResponse';
  ehr_connection: string;
  /** `kept`: written once the EHR offers it; `written`: the EHR has it; `refused`: a person must file it. */
  state: 'kept' | 'written' | 'refused';
  kept_at: string;
  written_at: string | null;
  /** `Observation/1`, once the EHR has it. */
  reference: string | null;
  /** Why the EHR refused it, as a code. */
  fault: string | null;
}

export class KeptResourcePageDto {
  data: KeptResourceDto[];
  next_cursor: string | null;
}

export class KeptResourceDetailDto extends KeptResourceDto {
  /** The FHIR R4 resource; null once the EHR has it. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  resource: object | null;
}

import { IsIn, IsOptional, Matches, MaxLength } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { PageQuery } from '../../../platform/http/paging.js';

export class WorkItemQuery extends PageQuery {
  @IsOptional()
  @IsIn(['open', 'resolved'])
  state?: 'open' | 'resolved';

  @IsOptional()
  @MaxLength(64)
  kind?: string;
}

export class ResolveWorkItemDto {
  /** What was done, as a code: `called-patient`. No names, no free text. */
  @Matches(/^[a-z][a-z-]{1,62}[a-z]$/)
  resolution: string;
}

/** Something that waits for a person. */
export class WorkItemDto {
  id: string;
  kind: string;
  /** Why it fell to a person. */
  reason: string;
  subject: { kind: string; id: string };
  /** `pat_…`, when it is about a patient. */
  patient: string | null;
  /** Counts by code, when it sums up many things. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, nullable: true })
  detail: Record<string, number> | null;
  state: 'open' | 'resolved';
  owner: string | null;
  due_at: string;
  raised_at: string;
  resolved_at: string | null;
  resolution: string | null;
}

export class WorkItemPageDto {
  data: WorkItemDto[];
  next_cursor: string | null;
}

import { IsISO8601, IsOptional, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../../platform/http/paging.js';

export class AuditEventQuery extends PageQuery {
  /** `summary.opened` */
  @IsOptional()
  @MaxLength(100)
  type?: string;

  /** What was touched: a public id (`msg_…`) or a UUID. */
  @IsOptional()
  @Matches(/^([a-z]{2,4}_[0-9a-z]{26}|[0-9a-f-]{36})$/)
  entity?: string;

  /** `pat_…` */
  @IsOptional()
  @Matches(/^pat_[0-9a-z]{26}$/)
  patient?: string;

  /** RFC 3339; included. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  since?: string;

  /** RFC 3339; not included. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  until?: string;
}

class AuditActorDto {
  kind: 'system' | 'service' | 'staff' | 'patient';
  id: string;
}

class AuditEntityDto {
  kind: string;
  /** UUID. */
  id: string;
}

/** Who did what, to what, and why. */
export class AuditEventDto {
  id: string;
  recorded_at: string;
  type: string;
  /** FHIR AuditEvent.action: create, read, update, delete, execute. */
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  outcome: 'success' | 'minor-failure' | 'serious-failure';
  actor: AuditActorDto;
  purpose: string;
  correlation_id: string;
  entity: AuditEntityDto | null;
  /** `pat_…` */
  patient: string | null;
  /** Codes, ids and counts. */
  detail: Record<string, string | number | boolean>;
}

export class AuditEventPageDto {
  data: AuditEventDto[];
  next_cursor: string | null;
}

class AuditFaultDto {
  /** `event-changed`, `event-missing`, `leaf-out-of-order`, `root-mismatch`, `tail-cut`, … */
  kind: string;
  /** The first leaf (from 0) that is affected. */
  position: number | null;
}

export class AuditVerificationDto {
  ok: boolean;
  /** Sealed events that were looked at. */
  events: number;
  checkpoints: number;
  /** Events that wait to be sealed: no fault. */
  unsealed: number;
  /** In the order of their positions, at most 100. */
  faults: AuditFaultDto[];
}

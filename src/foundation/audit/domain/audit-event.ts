import type { Actor, PurposeOfUse } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** FHIR AuditEvent.action: create, read, update, delete, execute (a query or a run is an execute). */
export type AuditAction = 'C' | 'R' | 'U' | 'D' | 'E';

export type AuditOutcome = 'success' | 'minor-failure' | 'serious-failure';

/** What a module says of an act. Ids and codes only: never text, a name, a number, a birth date or a query string. */
export interface AuditEntry {
  /** `summary.opened` */
  type: string;
  action: AuditAction;
  /** Default: success. */
  outcome?: AuditOutcome;
  entity?: { kind: string; id: Uuid };
  patientId?: Uuid;
  /** Codes, ids and counts. */
  detail?: Record<string, string | number | boolean>;
}

/** An entry as it is kept, with who, why and when. */
export interface AuditEvent {
  id: Uuid;
  organizationId: Uuid;
  recordedAt: Date;
  type: string;
  action: AuditAction;
  outcome: AuditOutcome;
  actor: { kind: Actor['kind']; id: string };
  purpose: PurposeOfUse;
  correlationId: string;
  entity: { kind: string; id: Uuid } | null;
  patientId: Uuid | null;
  detail: Record<string, string | number | boolean>;
}

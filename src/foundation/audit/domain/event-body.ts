import type { Context } from '../../../platform/context/context.js';
import { isUuid, type Uuid } from '../../../platform/ids/ids.js';
import type { AuditEntry, AuditEvent } from './audit-event.js';
import { canonicalJson } from './canonical-json.js';
import { leafHash } from './merkle.js';

/** An event as its row has it. The columns beside the body are for searching, and must say what the body says. */
export interface StoredEvent {
  organizationId: Uuid;
  recordedAt: Date;
  id: Uuid;
  type: string;
  entityId: Uuid | null;
  patientId: Uuid | null;
  /** Canonical JSON. */
  body: Buffer;
  /** SHA-256(0x00, body). */
  leaf: Buffer;
}

interface Body {
  id: Uuid;
  organization: Uuid;
  recorded_at: string;
  type: string;
  action: AuditEvent['action'];
  outcome: AuditEvent['outcome'];
  actor: AuditEvent['actor'];
  purpose: AuditEvent['purpose'];
  correlation: string;
  entity?: { kind: string; id: Uuid };
  patient?: Uuid;
  detail?: AuditEvent['detail'];
}

/** Throws TypeError when an id is no UUID: a name or a number must not slip in as one. */
export function storedEvent(
  ctx: Context,
  entry: AuditEntry,
  at: { id: Uuid; recordedAt: Date },
): StoredEvent {
  const entityId = uuidOrNull(entry.entity?.id);
  const patientId = uuidOrNull(entry.patientId);
  const body = Buffer.from(
    canonicalJson({
      id: at.id,
      organization: ctx.organizationId,
      recorded_at: at.recordedAt.toISOString(),
      type: entry.type,
      action: entry.action,
      outcome: entry.outcome ?? 'success',
      actor: { kind: ctx.actor.kind, id: ctx.actor.id },
      purpose: ctx.purpose,
      correlation: ctx.correlationId,
      entity: entry.entity && { kind: entry.entity.kind, id: entry.entity.id },
      patient: entry.patientId,
      detail: entry.detail,
    }),
  );
  const { organizationId } = ctx;
  return { organizationId, ...at, type: entry.type, entityId, patientId, body, leaf: leafHash(body) };
}

/** The event that a body tells of. */
export function eventOf(body: Buffer): AuditEvent {
  const told = JSON.parse(body.toString('utf8')) as Body;
  return {
    id: told.id,
    organizationId: told.organization,
    recordedAt: new Date(told.recorded_at),
    type: told.type,
    action: told.action,
    outcome: told.outcome,
    actor: told.actor,
    purpose: told.purpose,
    correlationId: told.correlation,
    entity: told.entity ?? null,
    patientId: told.patient ?? null,
    detail: told.detail ?? {},
  };
}

/** Whether the body has this leaf, and the columns say what the body says. */
export function isWhole(stored: StoredEvent, leaf: Buffer): boolean {
  if (!leafHash(stored.body).equals(leaf) || !stored.leaf.equals(leaf)) return false;
  const told = eventOf(stored.body);
  return (
    told.id === stored.id &&
    told.organizationId === stored.organizationId &&
    told.recordedAt.getTime() === stored.recordedAt.getTime() &&
    told.type === stored.type &&
    (told.entity?.id ?? null) === stored.entityId &&
    told.patientId === stored.patientId
  );
}

function uuidOrNull(id: Uuid | undefined): Uuid | null {
  if (id === undefined) return null;
  if (!isUuid(id)) throw new TypeError('an audit entry names things by UUID only');
  return id;
}

import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../../../platform/context/context.js';
import { Fault } from '../../../platform/errors/fault.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { isUuid, publicId, uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import type { AuditQuery } from '../application/search.js';
import { AuditFacade } from '../audit.facade.js';
import type { AuditEvent } from '../domain/audit-event.js';
import type { AuditVerification } from '../domain/verification.js';
import { AuditEventPageDto, AuditEventQuery, AuditVerificationDto, type AuditEventDto } from './audit.dto.js';

@ApiTags('audit')
@Controller('v1')
@RequireScope('audit:read')
export class AuditController {
  constructor(private readonly audit: AuditFacade) {}

  /** Who did what, newest first. The call itself leaves an event. */
  @Get('audit-events')
  async list(@Ctx() ctx: Context, @Query() query: AuditEventQuery): Promise<AuditEventPageDto> {
    const events = await this.audit.search(ctx, {
      type: query.type,
      entityId: entityOf(query.entity),
      patientId: query.patient && (uuidFromPublicId('pat', query.patient) ?? NOBODY),
      since: query.since ? new Date(query.since) : undefined,
      until: query.until ? new Date(query.until) : undefined,
      before: placeOf(query.cursor),
      limit: query.limit + 1,
    });
    return pageOf(events, query.limit, {
      keyOf: (event) => [event.recordedAt.toISOString(), event.id],
      show,
    });
  }

  /** Recomputes the log and holds it against every signed checkpoint. */
  @Get('audit/verify')
  async verify(@Ctx() ctx: Context): Promise<AuditVerificationDto> {
    return showVerification(await this.audit.verify(ctx));
  }

  /** The same, for callers that take a run for a POST. */
  @Post('audit/verify')
  @HttpCode(200)
  async runVerify(@Ctx() ctx: Context): Promise<AuditVerificationDto> {
    return this.verify(ctx);
  }
}

/** The nil UUID is nothing's and nobody's: an id that cannot exist finds nothing. */
const NOBODY: Uuid = '00000000-0000-0000-0000-000000000000';

function entityOf(text: string | undefined): Uuid | undefined {
  if (text === undefined || isUuid(text)) return text;
  return uuidFromPublicId(text.split('_')[0]!, text) ?? NOBODY;
}

function placeOf(cursor: string | undefined): AuditQuery['before'] {
  const key = readCursor(cursor, 2);
  if (!key) return undefined;
  const recordedAt = new Date(String(key[0]));
  const id = String(key[1]);
  if (!Number.isNaN(recordedAt.getTime()) && isUuid(id)) return { recordedAt, id };
  throw new Fault({ code: 'cursor.invalid', kind: 'invalid', words: 'The cursor is not one that we gave.' });
}

function show(event: AuditEvent): AuditEventDto {
  return {
    id: publicId('aud', event.id),
    recorded_at: event.recordedAt.toISOString(),
    type: event.type,
    action: event.action,
    outcome: event.outcome,
    actor: { kind: event.actor.kind, id: event.actor.id },
    purpose: event.purpose,
    correlation_id: event.correlationId,
    entity: event.entity && { kind: event.entity.kind, id: event.entity.id },
    patient: event.patientId && publicId('pat', event.patientId),
    detail: event.detail,
  };
}

function showVerification(result: AuditVerification): AuditVerificationDto {
  return {
    ok: result.ok,
    events: result.events,
    checkpoints: result.checkpoints,
    unsealed: result.unsealed,
    faults: result.faults.map(({ kind, position }) => ({ kind, position: position ?? null })),
  };
}

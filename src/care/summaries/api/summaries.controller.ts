import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { entityTag } from '../../../platform/http/entity-tag.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import { PatientsFacade } from '../../../exchange/patients/index.js';
import { normaliseText } from '../../../platform/text/text.js';
import { Correct } from '../application/correct.js';
import { Open } from '../application/open.js';
import { Retract } from '../application/retract.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import { statusOf, type SummaryEntity } from '../infrastructure/summary.entity.js';
import {
  CorrectionDto,
  OpenedSummaryDto,
  RetractionDto,
  SummaryDto,
  SummaryPageDto,
  SummaryQuery,
} from './summaries.dto.js';

@ApiTags('summaries')
@Controller('v1/summaries')
export class SummariesController {
  constructor(
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly opening: Open,
    private readonly patients: PatientsFacade,
    private readonly correcting: Correct,
    private readonly retracting: Retract,
  ) {}

  /** Newest first: states and ids only. */
  @Get()
  @RequireScope('summaries:read')
  async list(@Ctx() ctx: Context, @Query() query: SummaryQuery): Promise<SummaryPageDto> {
    const filter = {
      patientIds: await this.recordsOf(ctx, idOf('pat', query.patient)),
      conversationId: idOf('cnv', query.conversation),
      state: query.state,
      after: readCursor(query.cursor, 1),
      limit: query.limit + 1,
    };
    const rows = await this.transactions.run(ctx, (tx) => this.summaries.list(tx, filter));
    const survivors = await this.survivorsIn(ctx, rows);
    return pageOf(rows, query.limit, { keyOf: (row) => [row.id], show: (row) => show(row, survivors) });
  }

  @Get(':id')
  @RequireScope('summaries:read')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('sum', 'summary')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SummaryDto> {
    const summary = await this.transactions.run(ctx, (tx) => this.summaries.get(tx, id));
    if (!summary) throw notFound('summary');
    void reply.header('ETag', entityTag(summary.version));
    return this.shown(ctx, summary);
  }

  /** Decrypts and shows one summary. Needs a right of its own and is always audited. */
  @Post(':id/open')
  @HttpCode(200)
  @RequireScope('summaries:open')
  open(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('sum', 'summary')) id: Uuid,
  ): Promise<OpenedSummaryDto> {
    return this.opening.run(ctx, id);
  }

  private async shown(ctx: Context, summary: SummaryEntity): Promise<SummaryDto> {
    return show(summary, await this.survivorsIn(ctx, [summary]));
  }

  private async recordsOf(ctx: Context, patientId: Uuid | undefined): Promise<Uuid[] | undefined> {
    return patientId === undefined ? undefined : this.patients.recordsOf(ctx, patientId);
  }

  private survivorsIn(ctx: Context, rows: readonly SummaryEntity[]): Promise<Map<Uuid, Uuid>> {
    return this.patients.survivorsOf(ctx, [...new Set(rows.flatMap(({ patientId }) => patientId ?? []))]);
  }

  /** Adds a correction, which follows the summary into the EHR. What was written stays as it is. Audited. */
  @Post(':id/correct')
  @Idempotent()
  @RequireScope('summaries:write')
  async correct(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('sum', 'summary')) id: Uuid,
    @Body() body: CorrectionDto,
  ): Promise<SummaryDto> {
    return this.shown(ctx, await this.correcting.run(ctx, id, normaliseText(body.note)));
  }

  /** Takes a summary back: here at once, and in the EHR as entered-in-error where that can be. Audited. */
  @Post(':id/retract')
  @HttpCode(202)
  @Idempotent()
  @RequireScope('summaries:write')
  async retract(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('sum', 'summary')) id: Uuid,
    @Body() body: RetractionDto,
  ): Promise<SummaryDto> {
    return this.shown(ctx, await this.retracting.run(ctx, id, body.reason));
  }
}

/** Undefined filters nothing; a well-formed id of nobody finds nothing. */
function idOf(prefix: string, id: string | undefined): Uuid | undefined {
  if (id === undefined) return undefined;
  const found = uuidFromPublicId(prefix, id);
  if (!found) throw notFound(prefix === 'pat' ? 'patient' : 'conversation');
  return found;
}

function show(summary: SummaryEntity, survivors: ReadonlyMap<Uuid, Uuid>): SummaryDto {
  const status = statusOf(summary);
  return {
    id: publicId('sum', status.id),
    conversation: publicId('cnv', status.conversationId),
    corrects: status.correctsId && publicId('sum', status.correctsId),
    patient: status.patientId && publicId('pat', survivors.get(status.patientId)!),
    state: status.state,
    communication: status.communication,
    carrier: summary.carrier,
    attempts: summary.attempts,
    reason: status.reason,
    composed_at: status.composedAt.toISOString(),
    written_at: status.writtenAt?.toISOString() ?? null,
  };
}

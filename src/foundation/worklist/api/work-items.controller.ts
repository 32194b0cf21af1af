import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import { entityTag } from '../../../platform/http/entity-tag.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import type { WorkItemEntity } from '../infrastructure/work-item.entity.js';
import { WorklistRepository } from '../infrastructure/worklist.repository.js';
import { WorklistFacade } from '../worklist.facade.js';
import { ResolveWorkItemDto, WorkItemDto, WorkItemPageDto, WorkItemQuery } from './work-items.dto.js';

/** How the ids of what an item is about are shown elsewhere. */
const PREFIXES: Record<string, string> = {
  address: 'adr',
  appointment: 'apt',
  conversation: 'cnv',
  'ehr-connection': 'ehr',
  message: 'msg',
  organization: 'org',
  patient: 'pat',
  summary: 'sum',
  'whatsapp-account': 'wac',
};

@ApiTags('work-items')
@Controller('v1/work-items')
export class WorkItemsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: WorklistRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  /** What waits for a person, soonest due first. */
  @Get()
  @RequireScope('work-items:read')
  async list(@Ctx() ctx: Context, @Query() query: WorkItemQuery): Promise<WorkItemPageDto> {
    const after = readCursor(query.cursor, 2);
    const rows = await this.transactions.run(ctx, (tx) =>
      this.repository.list(tx, { state: query.state, kind: query.kind, after, limit: query.limit + 1 }),
    );
    return pageOf(rows, query.limit, { keyOf: (row) => [row.dueAt.toISOString(), row.id], show });
  }

  @Get(':id')
  @RequireScope('work-items:read')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('wki', 'work item')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WorkItemDto> {
    const item = await this.find(ctx, id);
    void reply.header('ETag', entityTag(item.version));
    return show(item);
  }

  /** Says that it is dealt with. Resolving it again changes nothing. */
  @Post(':id/resolve')
  @HttpCode(200)
  @RequireScope('work-items:write')
  async resolve(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('wki', 'work item')) id: Uuid,
    @Body() body: ResolveWorkItemDto,
  ): Promise<WorkItemDto> {
    const item = await this.find(ctx, id);
    await this.worklist.resolveById(ctx, { id, version: item.version }, body.resolution);
    return show(await this.find(ctx, id));
  }

  private async find(ctx: Context, id: Uuid): Promise<WorkItemEntity> {
    const item = await this.transactions.run(ctx, (tx) => this.repository.get(tx, id));
    if (!item) throw notFound('work item');
    return item;
  }
}

function show(item: WorkItemEntity): WorkItemDto {
  return {
    id: publicId('wki', item.id),
    kind: item.kind,
    reason: item.reason,
    subject: { kind: item.subjectKind, id: publicId(PREFIXES[item.subjectKind] ?? 'obj', item.subjectId) },
    patient: item.patientId && publicId('pat', item.patientId),
    detail: item.detail,
    state: item.state,
    owner: item.owner,
    due_at: item.dueAt.toISOString(),
    raised_at: item.raisedAt.toISOString(),
    resolved_at: item.resolvedAt?.toISOString() ?? null,
    resolution: item.resolution,
  };
}

import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { notFound } from '../../../platform/errors/fault.js';
import { entityTag } from '../../../platform/http/entity-tag.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import { Assign } from '../application/assign.js';
import { End } from '../application/end.js';
import { ReadConversations } from '../application/read.js';
import {
  AssignDto,
  ConversationDetailDto,
  ConversationPageDto,
  ConversationQuery,
} from './conversations.dto.js';
import { showConversation, showDetail } from './conversations.mapper.js';

@ApiTags('conversations')
@Controller('v1/conversations')
export class ConversationsController {
  constructor(
    private readonly reader: ReadConversations,
    private readonly assigning: Assign,
    private readonly ending: End,
  ) {}

  /** Newest first, without texts. */
  @Get()
  @RequireScope('conversations:read')
  async list(@Ctx() ctx: Context, @Query() query: ConversationQuery): Promise<ConversationPageDto> {
    const after = readCursor(query.cursor, 1);
    const patientId = query.patient && patientIdOf(query.patient);
    const filter = { state: query.state, patientId, after, limit: query.limit + 1 };
    const rows = await this.reader.list(ctx, filter);
    return pageOf(rows, query.limit, { keyOf: (row) => [row.id], show: showConversation });
  }

  /** One conversation and what came of it, without texts. */
  @Get(':id')
  @RequireScope('conversations:read')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConversationDetailDto> {
    const { conversation, outcomes } = await this.reader.get(ctx, id);
    void reply.header('ETag', entityTag(conversation.version));
    return showDetail(conversation, outcomes);
  }

  /** Names the patient, or who looks after it. */
  @Post(':id/assign')
  @HttpCode(200)
  @RequireScope('conversations:write')
  async assign(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
    @Body() body: AssignDto,
  ): Promise<ConversationDetailDto> {
    const { patient, assignee } = body;
    await this.assigning.run(ctx, id, { patientId: patient && patientIdOf(patient), assignee });
    return this.show(ctx, id);
  }

  /** Ends it: the summary is composed and written back. Ending it again changes nothing. */
  @Post(':id/close')
  @HttpCode(200)
  @RequireScope('conversations:write')
  async close(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('cnv', 'conversation')) id: Uuid,
  ): Promise<ConversationDetailDto> {
    await this.ending.run(ctx, id);
    return this.show(ctx, id);
  }

  private async show(ctx: Context, id: Uuid): Promise<ConversationDetailDto> {
    const { conversation, outcomes } = await this.reader.get(ctx, id);
    return showDetail(conversation, outcomes);
  }
}

function patientIdOf(id: string): Uuid {
  const found = uuidFromPublicId('pat', id);
  if (!found) throw notFound('patient');
  return found;
}

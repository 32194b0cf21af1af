import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Context } from '../../../platform/context/context.js';
import { entityTag } from '../../../platform/http/entity-tag.js';
import { pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import { Timeline } from '../application/timeline.js';
import { VisitQueries } from '../application/visit-queries.js';
import { AppointmentDto, AppointmentPageDto, AppointmentQuery, TimelineDto } from './appointments.dto.js';
import { showTimeline, showVisit } from './appointments.shape.js';

@ApiTags('appointments')
@Controller('v1/appointments')
@RequireScope('appointments:read')
export class AppointmentsController {
  constructor(
    private readonly queries: VisitQueries,
    private readonly timelines: Timeline,
  ) {}

  /** Visits with their reminders, the soonest first. No names. */
  @Get()
  async list(@Ctx() ctx: Context, @Query() query: AppointmentQuery): Promise<AppointmentPageDto> {
    const { patient, status, from, to, limit } = query;
    const patientId = patient === undefined ? undefined : uuidFromPublicId('pat', patient);
    if (patientId === null) return { data: [], next_cursor: null };
    const after = readCursor(query.cursor, 2);
    const rows = await this.queries.list(ctx, { patientId, status, from, to, after, limit: limit + 1 });
    const keyOf = ({ visit }: (typeof rows)[number]): [string, string] => [
      visit.startsAt.toISOString(),
      visit.id,
    ];
    return pageOf(rows, limit, { keyOf, show: showVisit });
  }

  @Get(':id')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('apt', 'appointment')) id: Uuid,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AppointmentDto> {
    const shown = await this.queries.get(ctx, id);
    void reply.header('ETag', entityTag(shown.visit.version));
    return showVisit(shown);
  }

  /** What happened around this visit, by time. The read is audited. */
  @Get(':id/timeline')
  async timeline(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('apt', 'appointment')) id: Uuid,
  ): Promise<TimelineDto> {
    return showTimeline(await this.timelines.read(ctx, id));
  }
}

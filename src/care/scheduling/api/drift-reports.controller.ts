import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../../../platform/context/context.js';
import { notFound } from '../../../platform/errors/fault.js';
import { Idempotent } from '../../../platform/http/idempotent.js';
import { PageQuery, pageOf, readCursor } from '../../../platform/http/paging.js';
import { RequireScope } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { Ctx } from '../../../platform/http/request-context.js';
import { uuidFromPublicId, type Uuid } from '../../../platform/ids/ids.js';
import { DriftReports } from '../application/drift/drift-reports.js';
import {
  DriftDifferencePageDto,
  DriftReportDetailDto,
  DriftReportPageDto,
  DriftReportQuery,
  NewDriftReportDto,
} from './drift-reports.dto.js';
import { showDetail, showDifference, showReport } from './drift-reports.shape.js';

const ID = new PublicId('drf', 'drift report');

@ApiTags('drift-reports')
@Controller('v1/drift-reports')
export class DriftReportsController {
  constructor(private readonly reports: DriftReports) {}

  /** Asks the EHR now and compares; answers when that is done. Nothing is changed by it. */
  @Post()
  @Idempotent()
  @RequireScope('ehr:write')
  async create(@Ctx() ctx: Context, @Body() body: NewDriftReportDto): Promise<DriftReportDetailDto> {
    const connectionId = uuidFromPublicId('ehr', body.ehr_connection);
    if (!connectionId) throw notFound('EHR connection');
    const { from, until } = body;
    return showDetail(await this.reports.create(ctx, connectionId, { from, until }));
  }

  /** The newest first. They are kept for 30 days. */
  @Get()
  @RequireScope('appointments:read')
  async list(@Ctx() ctx: Context, @Query() query: DriftReportQuery): Promise<DriftReportPageDto> {
    const { ehr_connection: ehr, limit } = query;
    const connectionId = ehr === undefined ? undefined : uuidFromPublicId('ehr', ehr);
    if (connectionId === null) return { data: [], next_cursor: null };
    const after = readCursor(query.cursor, 1);
    const rows = await this.reports.list(ctx, { connectionId, after, limit: limit + 1 });
    return pageOf(rows, limit, { keyOf: ({ report }) => [report.id], show: showReport });
  }

  /** With its days, facility by facility. */
  @Get(':id')
  @RequireScope('appointments:read')
  async get(@Ctx() ctx: Context, @Param('id', ID) id: Uuid): Promise<DriftReportDetailDto> {
    return showDetail(await this.reports.get(ctx, id));
  }

  /** What differs, the earliest first. Codes, times and references; no names. */
  @Get(':id/differences')
  @RequireScope('appointments:read')
  async differences(
    @Ctx() ctx: Context,
    @Param('id', ID) id: Uuid,
    @Query() query: PageQuery,
  ): Promise<DriftDifferencePageDto> {
    const { limit } = query;
    const after = readCursor(query.cursor, 1);
    const rows = await this.reports.differences(ctx, id, { after, limit: limit + 1 });
    return pageOf(rows, limit, { keyOf: ({ position }) => [position], show: showDifference });
  }
}

import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Context } from '../context/context.js';
import { Transactions } from '../database/transactions.js';
import { notFound } from '../errors/fault.js';
import { pageOf, readCursor } from '../http/paging.js';
import { RequireScope } from '../http/policy.js';
import { Ctx } from '../http/request-context.js';
import { JobDto, JobPageDto, JobQuery } from './jobs.dto.js';
import { type JobRow, JobsRepository } from './jobs.repository.js';

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly jobs: JobsRepository,
  ) {}

  /** Oldest first. */
  @Get()
  @RequireScope('jobs:read')
  async list(@Ctx() ctx: Context, @Query() query: JobQuery): Promise<JobPageDto> {
    const after = readCursor(query.cursor, 1);
    const rows = await this.transactions.run(ctx, (tx) =>
      this.jobs.list(tx, { state: query.state, after, limit: query.limit + 1 }),
    );
    return pageOf(rows, query.limit, { keyOf: (row) => [row.id], show });
  }

  /** Gives a failed job its attempts back. */
  @Post(':id/retry')
  @HttpCode(204)
  @RequireScope('jobs:write')
  async retry(@Ctx() ctx: Context, @Param('id') id: string): Promise<void> {
    const retried =
      /^\d{1,18}$/.test(id) && (await this.transactions.run(ctx, (tx) => this.jobs.retry(tx, id)));
    if (!retried) throw notFound('failed job');
  }
}

function show(row: JobRow): JobDto {
  return {
    id: row.id,
    task: row.task,
    state: row.state,
    attempts: row.attempts,
    max_attempts: row.max_attempts,
    last_error: row.last_error,
    run_at: row.run_at.toISOString(),
    created_at: row.created_at.toISOString(),
  };
}

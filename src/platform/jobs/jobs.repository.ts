import { Injectable } from '@nestjs/common';
import type { TxContext } from '../context/context.js';
import { sql } from '../database/transactions.js';
import type { CursorKey } from '../http/paging.js';

export interface JobRow {
  id: string;
  task: string;
  state: 'waiting' | 'running' | 'failed';
  attempts: number;
  max_attempts: number;
  last_error: string | null;
  run_at: Date;
  created_at: Date;
}

const JOBS = `
  select job.id::text, task.identifier as task, job.attempts, job.max_attempts, job.last_error, job.run_at,
         job.created_at,
         case when job.locked_at is not null then 'running'
              when job.attempts >= job.max_attempts then 'failed' else 'waiting' end as state
    from graphile_worker._private_jobs job
    join graphile_worker._private_tasks task on task.id = job.task_id
   where job.payload->>'organizationId' = $1`;

/** The jobs of one hospital: graphile-worker's own table, narrowed by what the payload says. */
@Injectable()
export class JobsRepository {
  list(
    ctx: TxContext,
    filter: { state?: string; after: CursorKey | null; limit: number },
  ): Promise<JobRow[]> {
    return sql<JobRow>(
      ctx,
      `select * from (${JOBS}) jobs
        where ($2::text is null or state = $2) and ($3::bigint is null or id::bigint > $3)
        order by id::bigint limit $4`,
      [ctx.organizationId, filter.state ?? null, filter.after?.[0] ?? null, filter.limit],
    );
  }

  /** Gives a failed job its attempts back. Returns false when it is not a failed job of this hospital. */
  async retry(ctx: TxContext, id: string): Promise<boolean> {
    const rows = await sql(ctx, `select 1 from (${JOBS}) jobs where id = $2 and state = 'failed'`, [
      ctx.organizationId,
      id,
    ]);
    if (rows.length === 0) return false;
    await sql(
      ctx,
      `select graphile_worker.reschedule_jobs(array[$1::bigint], run_at := now(), attempts := 0)`,
      [id],
    );
    return true;
  }

  /** Gives every failed job of a task its attempts back. Returns their ids. */
  async retryTask(ctx: TxContext, task: string): Promise<string[]> {
    const rows = await sql<{ id: string }>(
      ctx,
      `select id from (${JOBS}) jobs where task = $2 and state = 'failed' order by id::bigint`,
      [ctx.organizationId, task],
    );
    const ids = rows.map(({ id }) => id);
    await sql(ctx, `select graphile_worker.reschedule_jobs($1::bigint[], run_at := now(), attempts := 0)`, [
      ids,
    ]);
    return ids;
  }

  /** Jobs whose time came so long ago by the database's own clock, and which no worker has taken. */
  async overdue(ctx: TxContext, seconds: number): Promise<{ jobs: number; oldestSeconds: number }> {
    const [row] = await sql<{ jobs: number; oldestSeconds: number }>(
      ctx,
      `select count(*)::int as jobs, coalesce(extract(epoch from now() - min(run_at)), 0)::int as "oldestSeconds"
         from (${JOBS}) jobs where state = 'waiting' and run_at < now() - make_interval(secs => $2)`,
      [ctx.organizationId, seconds],
    );
    return row!;
  }
}

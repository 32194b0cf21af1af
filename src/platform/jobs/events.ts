import { Injectable } from '@nestjs/common';
import type { TxContext } from '../context/context.js';
import { sql } from '../database/transactions.js';
import { Listeners } from './listeners.js';

/** One job carries at most this many ids, so that a crash repeats little. */
const IDS_PER_JOB = 500;

/** Publishes events as jobs in the caller's transaction: with its commit they exist, with its rollback they never did. */
@Injectable()
export class Events {
  constructor(private readonly listeners: Listeners) {}

  /** One job per listener and 500 ids. `event` is a constant of the publishing module's events.ts; ids only. */
  async publish(ctx: TxContext, event: string, ids: readonly string[]): Promise<void> {
    const specs = chunks(ids, IDS_PER_JOB).flatMap((chunk) =>
      this.listeners.tasksOf(event).map((identifier) => ({
        identifier,
        payload: { organizationId: ctx.organizationId, ids: chunk, correlationId: ctx.correlationId },
      })),
    );
    if (specs.length > 0) await addJobs(ctx, specs);
  }

  /** Those of these ids that a listener of one of these events still has before it, also to be tried again. */
  async underWay(ctx: TxContext, events: readonly string[], ids: readonly string[]): Promise<string[]> {
    const tasks = events.flatMap((event) => this.listeners.tasksOf(event));
    if (ids.length === 0 || tasks.length === 0) return [];
    const rows = await sql<{ id: string }>(
      ctx,
      `select distinct carried.id from graphile_worker._private_jobs job
         join graphile_worker._private_tasks task on task.id = job.task_id
        cross join lateral json_array_elements_text(job.payload->'ids') as carried(id)
        where task.identifier = any($2) and job.payload->>'organizationId' = $1
          and job.attempts < job.max_attempts and carried.id = any($3)`,
      [ctx.organizationId, tasks, ids],
    );
    return rows.map(({ id }) => id);
  }
}

interface JobSpec {
  identifier: string;
  payload: object;
}

async function addJobs(ctx: TxContext, specs: JobSpec[]): Promise<void> {
  await sql(
    ctx,
    `select count(*) from graphile_worker.add_jobs(array(
       select row(spec.identifier, spec.payload, null, null, null, null, null, null)::graphile_worker.job_spec
         from jsonb_to_recordset($1::jsonb) as spec(identifier text, payload json)))`,
    [JSON.stringify(specs)],
  );
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}

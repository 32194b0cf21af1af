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

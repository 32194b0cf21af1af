import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { GroupWriter } from '../../../platform/database/group-writer.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { RecordSends } from './record-sends.js';
import type { SendResult } from './send-result.js';

/** A database that is away for a moment must not make an answer unknown: the lease of 60 s leaves this much. */
const PAUSES_MS = [200, 500, 1_000, 2_000, 4_000, 8_000];

/** Keeps what the calls brought, many at a time: a commit for each would be dearer than the calls. */
@Injectable()
export class Results {
  private readonly writers = new Map<Uuid, GroupWriter<SendResult>>();

  constructor(
    private readonly recording: RecordSends,
    private readonly log: Log,
  ) {}

  /** Resolves once it is committed. */
  keep(ctx: Context, result: SendResult): Promise<void> {
    return this.writerOf(ctx).add(result);
  }

  private writerOf(ctx: Context): GroupWriter<SendResult> {
    const known = this.writers.get(ctx.organizationId);
    if (known) return known;
    const writer = new GroupWriter<SendResult>((results) => this.write(ctx, results));
    this.writers.set(ctx.organizationId, writer);
    return writer;
  }

  /** A group that fails is kept half by half: one answer that cannot be kept (its status may tell) loses no other. */
  private async write(ctx: Context, results: readonly SendResult[]): Promise<void> {
    try {
      await this.patiently(ctx, results);
    } catch (error) {
      if (results.length === 1 || isPassing(error)) throw error;
      const middle = results.length >> 1;
      const halves = [results.slice(0, middle), results.slice(middle)];
      const failures: unknown[] = [];
      // One after the other: side by side, hundreds of them would take every connection.
      for (const half of halves) await this.write(ctx, half).catch((fault: unknown) => failures.push(fault));
      if (failures.length > 0) throw failures[0];
    }
  }

  private async patiently(ctx: Context, results: readonly SendResult[]): Promise<void> {
    for (const pause of PAUSES_MS) {
      try {
        return await this.recording.run(ctx, results);
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.log.warn('whatsapp.results-not-kept', { organization_id: ctx.organizationId }, error);
        await sleep(pause);
      }
    }
    await this.recording.run(ctx, results);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Fault && error.retryable;
}

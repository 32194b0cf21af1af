import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { detached, type Context } from '../../../platform/context/context.js';
import type { Fault } from '../../../platform/errors/fault.js';
import { Metrics } from '../../../platform/health/metrics.js';
import { Log } from '../../../platform/logging/log.js';
import { AuditFacade, type AuditEntry } from '../../audit/index.js';
import { cannotOpen } from '../domain/vault.errors.js';

/** Counts and audits what could not be opened. */
@Injectable()
export class OpenFailures implements BeforeApplicationShutdown {
  private readonly counter: Counter;
  private recorded: Promise<void> = Promise.resolve();

  constructor(
    private readonly audit: AuditFacade,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.counter = metrics.counter('vault_cannot_open', 'Envelopes and records that could not be opened.');
  }

  /**
   * Returns the fault to throw. The audit event is written outside the caller's transaction, which the fault will undo,
   * and one after the other: were each failing transaction to wait for a second connection, the pool could run dry.
   */
  report(ctx: Context, what: Pick<AuditEntry, 'entity' | 'patientId' | 'detail'>): Fault {
    this.counter.inc();
    this.recorded = this.recorded.then(() => this.record(detached(ctx), what));
    return cannotOpen();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.recorded;
  }

  private async record(
    ctx: Context,
    what: Pick<AuditEntry, 'entity' | 'patientId' | 'detail'>,
  ): Promise<void> {
    const entry: AuditEntry = { type: 'vault.cannot-open', action: 'R', outcome: 'serious-failure', ...what };
    await this.audit.record(ctx, entry).catch((error: unknown) => {
      this.log.error('vault.failure-not-audited', { organization_id: ctx.organizationId }, error);
    });
  }
}

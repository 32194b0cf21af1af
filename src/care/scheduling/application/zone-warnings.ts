import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Metrics } from '../../../platform/health/metrics.js';
import { Log } from '../../../platform/logging/log.js';

/** Tells how often the EHR named a time zone that nobody knows, which was then ignored. */
@Injectable()
export class ZoneWarnings {
  private readonly unknown;

  constructor(
    metrics: Metrics,
    private readonly log: Log,
  ) {
    this.unknown = metrics.counter(
      'scheduling_unknown_zones',
      'Time zones named by an EHR that nobody knows and that were ignored',
    );
  }

  count(ctx: Context, count: number): void {
    if (count === 0) return;
    this.unknown.inc(count);
    this.log.warn('scheduling.zones-unknown', { organization_id: ctx.organizationId, count });
  }
}

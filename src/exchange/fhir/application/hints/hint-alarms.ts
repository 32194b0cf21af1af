import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { AuditFacade } from '../../../../foundation/audit/index.js';
import { systemContext } from '../../../../platform/context/context.js';
import { Metrics } from '../../../../platform/health/metrics.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { Log } from '../../../../platform/logging/log.js';
import type { HintKeys } from './hint-keyring.js';

/** Anyone can post to a public address: the counter has every post, the audit of a hospital at most this many a minute. */
const EVENTS_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/** What is wrong with hints. */
@Injectable()
export class HintAlarms {
  private readonly refused: Counter;
  private readonly notRead: Counter;
  private readonly gaps: Counter;
  private windowEnds = 0;
  private left = 0;

  constructor(
    private readonly audit: AuditFacade,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.refused = metrics.counter('ehr_hints_refused', 'Hints whose proof did not hold.');
    this.notRead = metrics.counter(
      'ehr_hints_unreadable',
      'Hints that name no record: what they were about waits for the next scan.',
    );
    this.gaps = metrics.counter(
      'ehr_subscription_gaps',
      'Notifications that showed that earlier ones were lost.',
    );
  }

  /** `keys` null: for a connection that takes no hints, so nobody's log but ours. */
  async notProven(keys: HintKeys | null): Promise<void> {
    this.refused.inc();
    this.log.warn('fhir.hint-refused', {
      ...(keys && { organization_id: keys.organizationId, id: keys.connectionId }),
    });
    if (!keys || !this.mayRecord()) return;
    await this.audit.record(systemContext(keys.organizationId, 'fhir.hint'), {
      type: 'ehr.hint-refused',
      action: 'E',
      outcome: 'serious-failure',
      entity: { kind: 'ehr-connection', id: keys.connectionId },
    });
  }

  /** Somebody whom we know sends what cannot be read: the interface engine is to be mended. */
  unreadable({ organizationId, connectionId }: HintKeys, count: number): void {
    this.notRead.inc(count);
    this.log.warn('fhir.hint-unreadable', { organization_id: organizationId, id: connectionId, count });
  }

  gap(organizationId: Uuid, connectionId: Uuid): void {
    this.gaps.inc();
    this.log.warn('fhir.subscription-gap', { organization_id: organizationId, id: connectionId });
  }

  private mayRecord(): boolean {
    const now = performance.now();
    if (now >= this.windowEnds) {
      this.windowEnds = now + MINUTE_MS;
      this.left = EVENTS_PER_MINUTE;
    }
    return this.left-- > 0;
  }
}

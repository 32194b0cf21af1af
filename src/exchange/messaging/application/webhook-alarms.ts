import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { INSTALLATION, systemContext } from '../../../platform/context/context.js';
import { Log } from '../../../platform/logging/log.js';
import type { RoutedChange } from '../domain/route.js';
import { MessagingMetrics } from './metrics.js';

/** Anyone can post to a public address: the counters have every post, the audit at most this many a minute. */
const EVENTS_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

/** What is wrong with webhooks before it is known whose they are. */
@Injectable()
export class WebhookAlarms {
  private windowEnds = 0;
  private left = 0;

  constructor(
    private readonly audit: AuditFacade,
    private readonly metrics: MessagingMetrics,
    private readonly log: Log,
  ) {}

  async badSignature(reason: 'missing' | 'malformed' | 'wrong'): Promise<void> {
    this.log.warn('whatsapp.signature-refused', { reason });
    await this.record('whatsapp-webhook.signature-refused', { reason });
  }

  /** The handshake was tried with a token that no account has. */
  async badToken(): Promise<void> {
    this.log.warn('whatsapp.handshake-refused');
    await this.record('whatsapp-webhook.handshake-refused', {});
  }

  /** Well signed, but for a number that nobody has here, or signed by another organization's secret. */
  async strays(changes: readonly RoutedChange[]): Promise<void> {
    if (changes.length === 0) return;
    const unknown = changes.filter(({ account }) => account === null).length;
    const foreign = changes.length - unknown;
    for (const [result, count] of [
      ['unknown-number', unknown],
      ['foreign-signature', foreign],
    ] as const) {
      if (count === 0) continue;
      this.metrics.changes.inc({ result }, count);
      this.log.error('whatsapp.change-not-ours', { reason: result, count });
      await this.record(`whatsapp-webhook.${result}`, { changes: count });
    }
  }

  private async record(type: string, detail: Record<string, string | number>): Promise<void> {
    const now = performance.now();
    if (now >= this.windowEnds) {
      this.windowEnds = now + MINUTE_MS;
      this.left = EVENTS_PER_MINUTE;
    }
    if (this.left-- <= 0) return;
    const ctx = systemContext(INSTALLATION, 'messaging.webhook');
    await this.audit.record(ctx, { type, action: 'E', outcome: 'serious-failure', detail });
  }
}

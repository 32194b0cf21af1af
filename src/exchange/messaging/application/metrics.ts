import { Injectable } from '@nestjs/common';
import type { Counter, Gauge } from 'prom-client';
import { Metrics } from '../../../platform/health/metrics.js';

/** Counts of the channel. Labels are codes and bounded words. */
@Injectable()
export class MessagingMetrics {
  readonly webhooks: Counter;
  readonly changes: Counter;
  readonly passedOver: Counter;
  readonly attempts: Counter;
  readonly refusals: Counter;
  readonly stopConfirmations: Counter;
  readonly breaks: Counter;
  readonly witnessResends: Counter;
  readonly parked: Gauge;

  constructor(metrics: Metrics) {
    this.webhooks = metrics.counter('whatsapp_webhooks', 'Webhook posts by what became of them', ['result']);
    this.changes = metrics.counter('whatsapp_changes', 'Changes inside webhooks', ['result']);
    this.passedOver = metrics.counter('whatsapp_passed_over', 'Parts of changes that are not for us', [
      'what',
    ]);
    this.attempts = metrics.counter('whatsapp_attempts', 'Calls that send a message', ['outcome']);
    this.refusals = metrics.counter('whatsapp_refusals', 'Refusals by Meta', ['code', 'reaction']);
    this.breaks = metrics.counter('whatsapp_circuit_breaks', 'Times that a number stopped calling Meta');
    this.witnessResends = metrics.counter(
      'whatsapp_witness_resends',
      'Sends without an answer that went a second time because a later send got its status',
    );
    this.stopConfirmations = metrics.counter('whatsapp_stop_confirmations', 'Confirmations of an opt-out');
    this.parked = metrics.gauge(
      'whatsapp_webhooks_parked',
      'Webhooks of all hospitals that wait for a number or a person; the same in every process that works',
      ['reason'],
    );
  }
}

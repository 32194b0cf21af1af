import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** Metrics of this process. Labels have bounded values only: codes and states, never an id. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'carethread_' });
  }

  counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: `carethread_${name}_total`, help, labelNames, registers: [this.registry] });
  }

  gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `carethread_${name}`, help, labelNames, registers: [this.registry] });
  }
}

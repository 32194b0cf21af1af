import { Injectable } from '@nestjs/common';
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  SamplingBreaker,
  type CircuitBreakerPolicy,
  type IBreaker,
} from 'cockatiel';
import { Log } from '../../../platform/logging/log.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { SendOutcome } from '../infrastructure/graph-client.js';
import { MessagingMetrics } from './metrics.js';

/** Opens at half of 20 calls failed within 30 s, or at five failures in a row; then one probe every 30 s. */
const WINDOW_MS = 30_000;
const CALLS_IN_WINDOW = 20;
/** The library opens above its threshold, not at it. */
const SHARE = 0.499;
const IN_A_ROW = 5;

interface NotBegun {
  kind: 'not-begun';
}

interface Circuit {
  policy: CircuitBreakerPolicy;
  /** When it opened or its last probe was leased, on the process's own clock; null while it is not open. */
  openedAt: number | null;
}

/**
 * One circuit per number: while Meta does not answer for it, its messages stay in the ledger instead of hanging, and
 * other numbers go on. Each process learns by its own calls.
 */
@Injectable()
export class Breakers {
  /** How long an open circuit lets nothing through before one probe. */
  protected readonly probeAfterMs: number = 30_000;
  private readonly circuits = new Map<Uuid, Circuit>();

  constructor(
    private readonly log: Log,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** How many messages may be leased for this number: all, one as a probe, or none. */
  allowance(accountId: Uuid): 'all' | 'probe' | 'none' {
    const { policy, openedAt } = this.circuitOf(accountId);
    if (openedAt === null) return 'all';
    if (policy.state === CircuitState.HalfOpen) return 'none';
    return performance.now() - openedAt >= this.probeAfterMs ? 'probe' : 'none';
  }

  /** A probe was leased: until its answer, or the time of the next one, no other is. */
  probing(accountId: Uuid): void {
    const circuit = this.circuitOf(accountId);
    if (circuit.openedAt !== null) circuit.openedAt = performance.now();
  }

  /** Makes the call unless the circuit has opened meanwhile: then nothing was begun. */
  async call(accountId: Uuid, send: () => Promise<SendOutcome | NotBegun>): Promise<SendOutcome | NotBegun> {
    try {
      return await this.circuitOf(accountId).policy.execute(send);
    } catch (error) {
      if (isBrokenCircuitError(error)) return { kind: 'not-begun' };
      throw error;
    }
  }

  private circuitOf(accountId: Uuid): Circuit {
    const known = this.circuits.get(accountId);
    if (known) return known;
    const policy = circuitBreaker(handleWhenResult(isAway), {
      halfOpenAfter: this.probeAfterMs,
      breaker: eitherOf(
        new ConsecutiveBreaker(IN_A_ROW),
        new SamplingBreaker({
          threshold: SHARE,
          duration: WINDOW_MS,
          minimumRps: CALLS_IN_WINDOW / (WINDOW_MS / 1_000),
        }),
      ),
    });
    const circuit: Circuit = { policy, openedAt: null };
    policy.onBreak(() => {
      const isNew = circuit.openedAt === null;
      circuit.openedAt = performance.now();
      // Not at every probe that fails.
      if (!isNew) return;
      this.metrics.breaks.inc();
      this.log.error('whatsapp.circuit-opened', { id: accountId });
    });
    policy.onReset(() => {
      circuit.openedAt = null;
      this.log.info('whatsapp.circuit-closed', { id: accountId });
    });
    this.circuits.set(accountId, circuit);
    return circuit;
  }
}

/** No answer, or no connection. A refusal is an answer: its code says what to do. */
function isAway(outcome: unknown): boolean {
  const { kind, error } = outcome as Extract<SendOutcome, { kind: 'refused' }>;
  if ((kind as string) === 'unknown') return true;
  return kind === 'refused' && error.code === null && error.httpStatus === null;
}

function eitherOf(...breakers: IBreaker[]): IBreaker {
  return {
    get state() {
      return breakers.map(({ state }) => state);
    },
    set state(states: unknown) {
      (states as unknown[]).forEach((state, index) => (breakers[index]!.state = state));
    },
    success: (state) => breakers.forEach((breaker) => breaker.success(state)),
    // Each must see the failure, so none is spared by the other.
    failure: (state) => breakers.map((breaker) => breaker.failure(state)).some(Boolean),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import {
  circuitBreaker,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { faultOf } from './failures.js';
import { FhirFault, limited, unavailable } from './fhir-fault.js';
import { SignInFault } from './auth/sign-in-fault.js';

/** A pause longer than this is not slept through: the caller is told when to come back. */
const PATIENCE_MS = 30_000;
const SECOND_MS = 1_000;
/** Two calls with their repetitions and a third: one record that the EHR cannot show is no sign that it is away. */
const AWAY_IN_A_ROW = 10;
const CIRCUIT = { initialDelay: SECOND_MS, maxDelay: 300_000 };

/**
 * What one EHR is asked at most: so many requests a second (a second's worth may come at once) and so many at the
 * same time, first come first served. Epic gives no sign before it is hurt, so we hold back ourselves. Once it has not
 * answered for long enough, it is left alone but for one request now and then: after a second, then later and later (by
 * chance, so that many part), five minutes at most.
 */
export class Budget {
  private readonly stepMs: number;
  /** When the bucket would be full again (generic cell rate algorithm). */
  private fullAt = 0;
  private pausedUntil = 0;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly circuit: CircuitBreakerPolicy;

  constructor(
    requestsPerSecond: number,
    private readonly concurrency: number,
  ) {
    this.stepMs = SECOND_MS / requestsPerSecond;
    this.circuit = circuitBreaker(handleWhen(isAway), {
      halfOpenAfter: new ExponentialBackoff(CIRCUIT),
      breaker: new ConsecutiveBreaker(AWAY_IN_A_ROW),
    });
  }

  /**
   * Runs one request within the budget. Throws `fhir.limited` while the EHR wants to be left alone for long, and
   * `fhir.unavailable` while it is left alone because it does not answer: then nothing was sent.
   */
  async spend<T>(request: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      await this.tokens();
      return await this.circuit.execute(request);
    } catch (error) {
      throw isBrokenCircuitError(error) ? unavailable(null, 'not-done') : error;
    } finally {
      this.leave();
    }
  }

  /** The EHR asked for a pause: every request of this connection waits. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, Date.now() + ms);
  }

  private async tokens(): Promise<void> {
    await sleep(this.reserve());
    for (let left = this.pauseLeft(); left > 0; left = this.pauseLeft()) await sleep(left);
  }

  private reserve(): number {
    const now = Date.now();
    this.fullAt = Math.max(this.fullAt, now - SECOND_MS + this.stepMs) + this.stepMs;
    return Math.max(0, this.fullAt - this.stepMs - now);
  }

  private pauseLeft(): number {
    const left = this.pausedUntil - Date.now();
    if (left > PATIENCE_MS) throw limited(null, Math.ceil(left / SECOND_MS));
    return left;
  }

  private enter(): Promise<void> | void {
    if (this.running < this.concurrency) {
      this.running++;
      return;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}

/** No answer, or none of the EHR's own. A refusal is one, so is the wish for a pause; one that signs in elsewhere was not asked. */
function isAway(error: Error): boolean {
  const fault = error instanceof FhirFault ? error : faultOrNull(error);
  if (!fault?.retryable || fault instanceof SignInFault) return false;
  return fault.status === null || fault.status >= 500 || fault.code === 'fhir.not-fhir';
}

/** A mistake of ours says nothing of the EHR. */
function faultOrNull(error: Error): FhirFault | null {
  try {
    return faultOf(error);
  } catch {
    return null;
  }
}

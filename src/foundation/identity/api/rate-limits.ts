import { Injectable } from '@nestjs/common';
import { type RateLimiterRes, RateLimiterMemory } from 'rate-limiter-flexible';
import { Fault } from '../../../platform/errors/fault.js';

/** An administrator's script stays far below; a runaway loop does not. */
const CALLS_PER_KEY_AND_MINUTE = 6_000;
/** Requests per address before any key is looked up: each costs a query. */
const CALLS_PER_ADDRESS_AND_MINUTE = 12_000;

/** Per process: the limits protect this process, not a quota. */
@Injectable()
export class RateLimits {
  private readonly perKey = new RateLimiterMemory({ points: CALLS_PER_KEY_AND_MINUTE, duration: 60 });
  private readonly perAddress = new RateLimiterMemory({ points: CALLS_PER_ADDRESS_AND_MINUTE, duration: 60 });

  beforeAuthentication(address: string): Promise<void> {
    return consume(this.perAddress, address);
  }

  afterAuthentication(keyId: string): Promise<void> {
    return consume(this.perKey, keyId);
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (limit) {
    throw new Fault({
      code: 'too-many-requests',
      kind: 'limited',
      words: 'Too many requests. Wait a moment, then go on more slowly.',
      retryable: true,
      retryAfterSeconds: Math.ceil((limit as RateLimiterRes).msBeforeNext / 1_000),
    });
  }
}

import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/**
 * For each POST that creates or sends: a repeat with the same Idempotency-Key gets the first answer. Only these routes
 * have the interceptor: one interceptor for all costs every webhook a fifth of its time (measured).
 */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Up to 255 characters, remembered for 24 h.',
    }),
  );
}

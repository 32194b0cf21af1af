import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import { Fault } from '../errors/fault.js';
import { Idempotency } from './idempotency.js';
import type { AdmittedRequest } from './request-context.js';

const LONGEST_KEY = 255;

/** Gives a repeated request the first one's answer. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: Idempotency) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<AdmittedRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined || !request.context) return next.handle();
    return from(this.once(request, keyOf(key), http.getResponse<FastifyReply>(), next));
  }

  private async once(
    request: AdmittedRequest,
    key: string,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const facts = { key, method: request.method, path: request.url, body: request.body };
    const answer = await this.idempotency.answers.once(request.context!, facts, async () => ({
      body: (await firstValueFrom(next.handle())) as unknown,
      status: reply.statusCode,
    }));
    void reply.status(answer.status);
    return answer.body;
  }
}

function keyOf(header: string | string[]): string {
  const key = header.toString();
  if (key.length > 0 && key.length <= LONGEST_KEY) return key;
  throw new Fault({
    code: 'idempotency.bad-key',
    kind: 'invalid',
    words: `An Idempotency-Key has 1 to ${LONGEST_KEY} characters.`,
  });
}

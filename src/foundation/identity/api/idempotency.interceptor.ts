import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import { Fault } from '../../../platform/errors/fault.js';
import { IDEMPOTENT } from '../../../platform/http/idempotent.js';
import type { AdmittedRequest } from '../../../platform/http/request-context.js';
import { Replay } from '../application/replay.js';

const LONGEST_KEY = 255;

/** Gives a repeated request the first one's answer, on the routes marked @Idempotent(). */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly replay: Replay,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<AdmittedRequest>();
    const key = request.headers['idempotency-key'];
    const marked = this.reflector.get<boolean | undefined>(IDEMPOTENT, execution.getHandler());
    if (!marked || key === undefined || !request.context) return next.handle();
    return from(this.once(request, keyOf(key), http.getResponse<FastifyReply>(), next));
  }

  private async once(
    request: AdmittedRequest,
    key: string,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const facts = { key, method: request.method, path: request.url, body: request.body };
    const answer = await this.replay.once(request.context!, facts, async () => ({
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

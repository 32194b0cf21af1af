import 'reflect-metadata';
import { Controller, Headers, HttpCode, Module, Post, Req } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { isSignature, isSignedBy, secretKeyOf } from '../../src/exchange/messaging/domain/signature.js';
import { AdmissionGuard } from '../../src/foundation/identity/api/admission.guard.js';
import { Fault } from '../../src/platform/errors/fault.js';
import { createApp } from '../../src/platform/http/create-app.js';
import { parseJson } from '../../src/platform/http/json-body.js';
import { PublicRoute } from '../../src/platform/http/policy.js';
import { Log } from '../../src/platform/logging/log.js';
import { answer } from '../support/program.js';
import { NUMBER } from './webhooks.js';

const secret = secretKeyOf(NUMBER.secret);

/** The product's own edge with nothing behind it: a webhook is checked and parsed, and answered without a database. */
@Controller('webhooks/whatsapp')
@PublicRoute('The signature over the body says who sends.')
class EdgeController {
  @Post()
  @HttpCode(200)
  async receive(
    @Req() request: FastifyRequest,
    @Headers('x-hub-signature-256') signature: string | undefined,
  ): Promise<void> {
    const body = request.body as Buffer;
    const isTaken =
      isSignature(signature) && isSignedBy(secret, body, signature) && typeof parseJson(body) === 'object';
    if (!isTaken) throw new Fault({ code: 'bench.refused', kind: 'unauthenticated', words: 'Not signed.' });
  }
}

/** The guard of every route; on a public one it asks neither for a caller nor for a limit. */
const guard = {
  provide: APP_GUARD,
  inject: [Reflector],
  useFactory: (reflector: Reflector) => new AdmissionGuard(reflector, undefined as never, undefined as never),
};

@Module({ controllers: [EdgeController], providers: [guard] })
class EdgeModule {}

const app = await createApp(EdgeModule, new Log('info'));
await app.listen(0, '127.0.0.1');
answer({ port: Number(new URL(await app.getUrl()).port) });
process.on('disconnect', () => process.exit(0));

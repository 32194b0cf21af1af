import { Controller, Get, Header, Headers, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/errors/fault.js';
import { PublicRoute } from '../../../platform/http/policy.js';
import { ReceiveWebhook } from '../application/receive-webhook.js';
import { WebhookAlarms } from '../application/webhook-alarms.js';
import { WebhookKeyring } from '../application/webhook-keyring.js';

/** Meta's challenge is a number; whatever else comes is not sent back. */
const CHALLENGE = /^[A-Za-z0-9_.-]{1,200}$/;

@ApiExcludeController()
@Controller('webhooks/whatsapp')
@PublicRoute(
  'Meta proves itself with the signature over the body, and with the verify token in the handshake.',
)
export class WebhookController {
  constructor(
    private readonly receiver: ReceiveWebhook,
    private readonly keyring: WebhookKeyring,
    private readonly alarms: WebhookAlarms,
  ) {}

  /** The handshake: answers the challenge to whoever knows the verify token. */
  @Get()
  @Header('Content-Type', 'text/plain; charset=utf-8')
  async verify(@Query() query: Record<string, unknown>): Promise<string> {
    const [mode, token, challenge] = ['mode', 'verify_token', 'challenge'].map((key) => query[`hub.${key}`]);
    const isKnown =
      mode === 'subscribe' && typeof token === 'string' && (await this.keyring.knowsToken(token));
    if (isKnown && typeof challenge === 'string' && CHALLENGE.test(challenge)) return challenge;
    await this.alarms.badToken();
    throw new Fault({
      code: 'webhook.handshake',
      kind: 'forbidden',
      words: 'The verify token is not one of ours.',
    });
  }

  /** Stored before the answer; Meta posts anything but a 200 again, for seven days. */
  @Post()
  @HttpCode(200)
  receive(
    @Req() request: FastifyRequest,
    @Headers('x-hub-signature-256') signature: string | undefined,
  ): Promise<void> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return this.receiver.run(body, signature);
  }
}

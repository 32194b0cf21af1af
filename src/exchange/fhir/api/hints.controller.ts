import { Controller, Headers, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PublicRoute } from '../../../platform/http/policy.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { type PostedHint, ReceiveHint, type ReceivedHint } from '../application/hints/receive-hint.js';
import { isFhirId } from '../domain/reference.js';

const CONNECTION = new PublicId('ehr', 'EHR connection');

type ProofHeaders = Record<string, string | undefined>;

/** Where an EHR or an interface engine says what has changed. */
@ApiExcludeController()
@Controller('webhooks/ehr/:connection')
@PublicRoute('The sender proves itself with a signature, or with the token of its Subscription.')
export class HintsController {
  constructor(private readonly receiver: ReceiveHint) {}

  /**
   * Ids, a notification of a Subscription, or nothing at all: stored before the answer, read after it. The answer to a
   * list names the entries that were no hints.
   */
  @Post()
  @HttpCode(202)
  receive(
    @Param('connection', CONNECTION) connectionId: Uuid,
    @Headers() headers: ProofHeaders,
    @Req() request: FastifyRequest,
  ): Promise<ReceivedHint> {
    return this.receiver.run(postedBy(request, headers, connectionId));
  }

  /** An R4 rest-hook with a payload updates the record here as on another server; only which one it is counts. */
  @Put(':type/:id')
  @HttpCode(202)
  async update(
    @Param('connection', CONNECTION) connectionId: Uuid,
    @Param() { type = '', id = '' }: { type?: string; id?: string },
    @Headers() headers: ProofHeaders,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const posted = postedBy(request, headers, connectionId);
    await this.receiver.run({ ...posted, ...(isFhirId(id) && { target: { type, id } }) });
  }
}

function postedBy(request: FastifyRequest, headers: ProofHeaders, connectionId: Uuid): PostedHint {
  return {
    connectionId,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    proof: {
      signature: headers['x-hint-signature'],
      timestamp: headers['x-hint-timestamp'],
      authorization: headers['authorization'],
    },
  };
}

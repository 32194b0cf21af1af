import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { notFound } from '../../../platform/errors/fault.js';
import { PublicRoute } from '../../../platform/http/policy.js';
import { uuidFromPublicId } from '../../../platform/ids/ids.js';
import { SigningKeys } from '../application/signing-keys.js';
import { JWKS_MAX_AGE_SECONDS } from '../domain/key-rotation.js';
import type { PublicJwk } from '../domain/smart.js';
import { KeySetDto } from './connections.dto.js';

const CACHE = `public, max-age=${JWKS_MAX_AGE_SECONDS}`;

/** The public keys with which EHRs check who signs in. */
@ApiTags('key-sets')
@Controller('.well-known')
@PublicRoute('Public keys, for every EHR that we sign in to.')
export class KeySetsController {
  constructor(private readonly keys: SigningKeys) {}

  /** Of all connections. */
  @Get('jwks.json')
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<KeySetDto> {
    return cached(reply, await this.keys.keySet(null));
  }

  /** Of one connection, for an EHR that wants an address for each app and environment: `jwks/ehr_….json`. */
  @Get('jwks/:file')
  async one(
    @Param('file') file: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeySetDto> {
    const [, name = ''] = /^(.+)\.json$/.exec(file) ?? [];
    const id = uuidFromPublicId('ehr', name);
    const keys = id ? await this.keys.keySet(id) : [];
    if (keys.length === 0) throw notFound('key set');
    return cached(reply, keys);
  }
}

function cached(reply: FastifyReply, keys: PublicJwk[]): KeySetDto {
  void reply.header('Cache-Control', CACHE);
  return { keys };
}

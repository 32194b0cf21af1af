import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { Callers, type Caller } from '../application/callers.js';

/** Passport's shape for a bearer key: it hands the key to `validate` of the class below. */
class BearerKey extends passport.Strategy {
  override name = 'api-key';

  constructor(
    private readonly verify: (key: string, done: (error: unknown, caller?: Caller | false) => void) => void,
  ) {
    super();
  }

  override authenticate(request: unknown): void {
    const header = (request as FastifyRequest).headers.authorization ?? '';
    const key = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header)?.[1];
    if (!key) return this.fail(401);
    this.verify(key, (error, caller) => {
      if (error) return this.error(error);
      if (!caller) return this.fail(401);
      return this.success(caller);
    });
  }
}

@Injectable()
export class ApiKeyStrategy extends PassportStrategy(BearerKey, 'api-key') {
  constructor(private readonly callers: Callers) {
    super();
  }

  async validate(key: string): Promise<Caller | false> {
    return (await this.callers.ofKey(key)) ?? false;
  }
}

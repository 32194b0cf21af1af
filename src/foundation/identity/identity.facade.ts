import { Injectable } from '@nestjs/common';
import { Callers } from './application/callers.js';

/** Who is calling. */
@Injectable()
export class IdentityFacade {
  constructor(private readonly callers: Callers) {}

  /** Makes the installation's first key, with all scopes, unless there is any key already. */
  bootstrap(key: string): Promise<void> {
    return this.callers.bootstrap(key);
  }
}

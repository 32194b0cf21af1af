import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import type { Inbound, Responder } from '../domain/responder.js';

/** Who can answer, lowest order first. Filled while the modules start. */
@Injectable()
export class Responders {
  private readonly all: Responder[] = [];

  add(responder: Responder): void {
    if (this.all.some(({ name }) => name === responder.name)) {
      throw new TypeError(`responder ${responder.name} is registered twice`);
    }
    this.all.push(responder);
    this.all.sort((a, b) => a.order - b.order);
  }

  /** The first that knows the message; null when a person must read it. */
  async find(ctx: Context, inbound: Inbound): Promise<Responder | null> {
    for (const responder of this.all) {
      if (await responder.match(ctx, inbound)) return responder;
    }
    return null;
  }
}

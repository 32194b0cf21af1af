import { Injectable } from '@nestjs/common';
import type { Holder } from '../domain/holder.js';

/** Who keeps something about people, in the order in which they are asked. */
@Injectable()
export class Holders {
  private readonly holders: Holder[] = [];

  get all(): readonly Holder[] {
    return this.holders;
  }

  add(holder: Holder): void {
    if (this.holders.some(({ name }) => name === holder.name))
      throw new TypeError(`${holder.name} holds twice`);
    this.holders.push(holder);
  }
}

import { Injectable, type PipeTransform } from '@nestjs/common';
import { notFound } from '../errors/fault.js';
import { uuidFromPublicId, type Uuid } from '../ids/ids.js';

/** `@Param('id', new PublicId('cns', 'consent'))`: what is no id of that kind does not exist. */
@Injectable()
export class PublicId implements PipeTransform<string, Uuid> {
  constructor(
    private readonly prefix: string,
    private readonly noun: string,
  ) {}

  transform(value: string): Uuid {
    const id = uuidFromPublicId(this.prefix, value);
    if (!id) throw notFound(this.noun);
    return id;
  }
}

import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { FOLLOWED, type FhirPage, type FollowedType, type ResourceOf, type Sink } from '../domain/rows.js';

export type Pages = { [T in FollowedType]: FhirPage<ResourceOf[T]> };
type AnySink = Sink<FollowedType>;

/** Who receives the rows of a type. */
@Injectable()
export class Sinks {
  private readonly byType = new Map<FollowedType, AnySink[]>();

  add<T extends FollowedType>(type: T, sink: Sink<T>): void {
    this.byType.set(type, [...(this.byType.get(type) ?? []), sink as unknown as AnySink]);
  }

  /** In the caller's transaction, patients before the visits that name them. */
  async hand(ctx: TxContext, pages: Pages): Promise<void> {
    for (const type of FOLLOWED) {
      const page = pages[type];
      if (page.changed.length === 0 && page.gone.length === 0) continue;
      for (const sink of this.byType.get(type) ?? []) await sink(ctx, page as never);
    }
  }
}

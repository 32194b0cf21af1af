import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import {
  FOLLOWED,
  type FhirPage,
  type FollowedType,
  type Merge,
  type MergeSink,
  type ResourceOf,
  type Sink,
} from '../domain/rows.js';

export type Pages = { [T in FollowedType]: FhirPage<ResourceOf[T]> };
type AnySink = Sink<FollowedType>;

/** Who receives the rows of a type. */
@Injectable()
export class Sinks {
  private readonly byType = new Map<FollowedType, AnySink[]>();
  private readonly mergeSinks: MergeSink[] = [];

  add<T extends FollowedType>(type: T, sink: Sink<T>): void {
    this.byType.set(type, [...(this.byType.get(type) ?? []), sink as unknown as AnySink]);
  }

  addMerge(sink: MergeSink): void {
    this.mergeSinks.push(sink);
  }

  async handMerges(ctx: TxContext, merges: readonly Merge[]): Promise<void> {
    if (merges.length > 0) for (const sink of this.mergeSinks) await sink(ctx, merges);
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

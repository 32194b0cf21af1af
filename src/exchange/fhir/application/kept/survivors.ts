import { Injectable } from '@nestjs/common';
import type { Context } from '../../../../platform/context/context.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import type { KeepableResource } from '../../domain/kept.js';
import type { AskSurvivor } from '../../domain/rows.js';

/** About whom what was kept is to be written: its patient's record may have been joined to another meanwhile. */
@Injectable()
export class Survivors {
  private ask: AskSurvivor | null = null;

  register(ask: AskSurvivor): void {
    this.ask = ask;
  }

  /** The resource, naming the record that stands for its patient's wherever it named that one. */
  async inPlace(ctx: Context, patientId: Uuid, resource: KeepableResource): Promise<KeepableResource> {
    const survivor = await this.ask?.(ctx, patientId);
    if (!survivor) return resource;
    const merged = resource.subject!.reference;
    return JSON.parse(JSON.stringify(resource), (key, value: unknown) =>
      key === 'reference' && value === merged ? survivor : value,
    ) as KeepableResource;
  }
}

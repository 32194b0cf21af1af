import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type Erased,
  type ErasureSubject,
  idsOf,
  PrivacyFacade,
} from '../../../../foundation/privacy/index.js';
import { WorklistFacade } from '../../../../foundation/worklist/index.js';
import type { TxContext } from '../../../../platform/context/context.js';
import { KeptRepository } from '../../infrastructure/kept.repository.js';
import { refusedKey } from './refused-item.js';

/** What was kept here because the EHR did not take it. What the EHR has is the EHR's. */
@Injectable()
export class KeptHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly kept: KeptRepository,
    private readonly worklist: WorklistFacade,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'fhir',
      stop: (ctx, subjects) => this.kept.stop(ctx, idsOf(subjects, 'patient')),
      erase: (ctx, subjects) => this.erase(ctx, subjects),
    });
  }

  private async erase(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<Erased> {
    const gone = await this.kept.remove(ctx, idsOf(subjects, 'patient'));
    for (const id of gone) await this.worklist.resolve(ctx, refusedKey(id), 'erased');
    return { counts: { kept_resources: gone.length } };
  }
}

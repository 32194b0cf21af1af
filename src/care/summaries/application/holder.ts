import { Injectable, type OnModuleInit } from '@nestjs/common';
import { idsOf, PrivacyFacade } from '../../../foundation/privacy/index.js';
import { ErasedSummaries } from '../infrastructure/erased-summaries.repository.js';

/**
 * Summaries lie under the patient's record key here, and in the EHR perhaps under the hospital's own too. So what is there
 * is taken back; where it lies is all that is kept for that.
 */
@Injectable()
export class SummariesHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly summaries: ErasedSummaries,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'summaries',
      stop: (ctx, subjects) => this.summaries.stop(ctx, idsOf(subjects, 'patient')),
      erase: async (ctx, subjects) => ({
        counts: await this.summaries.empty(ctx, idsOf(subjects, 'patient')),
      }),
    });
  }
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { idsOf, PrivacyFacade, type ErasureSubject } from '../../../foundation/privacy/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { fenceKey, type FenceKey } from '../../../platform/database/fence.js';
import { Events } from '../../../platform/jobs/events.js';
import { MessageStatusChanged } from '../events.js';
import { ErasedMessages } from '../infrastructure/erased-messages.repository.js';

/** What was said lies under the keys that end. What has not begun to be said is taken back. */
@Injectable()
export class MessagingHolder implements OnModuleInit {
  constructor(
    private readonly privacy: PrivacyFacade,
    private readonly messages: ErasedMessages,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.privacy.registerHolder({
      name: 'messaging',
      fences: (ctx, subjects) => this.fences(ctx, subjects),
      stop: (ctx, subjects) => this.stop(ctx, subjects),
      erase: async (ctx, subjects) => ({ counts: await this.messages.count(ctx, named(subjects)) }),
    });
  }

  private async fences(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<FenceKey[]> {
    const addresses = await this.messages.addressesOfWaiting(ctx, named(subjects));
    return addresses.map((id) => fenceKey(ctx.organizationId, 'address', id));
  }

  private async stop(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<void> {
    const taken = await this.messages.takeBack(ctx, named(subjects));
    await this.events.publish(ctx, MessageStatusChanged, taken);
  }
}

function named(subjects: readonly ErasureSubject[]): { patientIds: string[]; contactIds: string[] } {
  return { patientIds: idsOf(subjects, 'patient'), contactIds: idsOf(subjects, 'contact') };
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { idsOf, PrivacyFacade, type ErasureSubject } from '../../../foundation/privacy/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { closeFence, fenceKey } from '../../../platform/database/fence.js';
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
      stop: (ctx, subjects) => this.stop(ctx, subjects),
      erase: async (ctx, subjects) => ({ counts: await this.messages.count(ctx, named(subjects)) }),
    });
  }

  private async stop(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<void> {
    const of = named(subjects);
    await closeFence(
      ctx,
      (await this.messages.addressesOfWaiting(ctx, of)).map((id) =>
        fenceKey(ctx.organizationId, 'address', id),
      ),
    );
    await this.events.publish(ctx, MessageStatusChanged, await this.messages.takeBack(ctx, of));
  }
}

function named(subjects: readonly ErasureSubject[]): { patientIds: string[]; contactIds: string[] } {
  return { patientIds: idsOf(subjects, 'patient'), contactIds: idsOf(subjects, 'contact') };
}

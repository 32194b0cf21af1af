import { Inject, Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../../foundation/worklist/index.js';
import { Clock } from '../../../../platform/clock/clock.js';
import { SETTINGS, type Settings } from '../../../../platform/config/settings.js';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import { publicId, type Uuid } from '../../../../platform/ids/ids.js';
import { Log } from '../../../../platform/logging/log.js';
import { subscriptionToken } from '../../domain/hint-proof.js';
import { type Connected, Clients } from '../../infrastructure/clients.js';
import { ConnectionsRepository } from '../../infrastructure/connections.repository.js';
import type { SubscriptionEntity, SubscriptionState } from '../../infrastructure/subscription.entity.js';
import { SubscriptionsRepository } from '../../infrastructure/subscriptions.repository.js';
import { SyncRepository } from '../../infrastructure/sync.repository.js';
import { HintAlarms } from './hint-alarms.js';
import {
  askAgain,
  endSubscription,
  findSubscription,
  isAsWished,
  makeSubscription,
} from './subscription-at-ehr.js';
import { HEARTBEAT_SECONDS, type SubscriptionWish } from './subscription-resource.js';

/** How often a Subscription that works is looked at. */
const CHECK_EVERY_S = 3_600;
/** A new one answers within minutes, one that failed is tried again. */
const CHECK_SOON_S = 300;
/** From this failure on in a row staff are told. */
const TELL_AT = 3;

interface Outcome {
  state: SubscriptionState;
  fhirId: string | null;
  anew?: boolean;
}

/** Keeps the Subscription of each connection that wants one: made once, looked at, asked for again, ended. */
@Injectable()
export class KeepSubscriptions {
  constructor(
    private readonly transactions: Transactions,
    private readonly subscriptions: SubscriptionsRepository,
    private readonly connections: ConnectionsRepository,
    private readonly syncs: SyncRepository,
    private readonly clients: Clients,
    private readonly worklist: WorklistFacade,
    private readonly alarms: HintAlarms,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The loop's work: one Subscription whose check is due. */
  async claim(ctx: Context): Promise<number> {
    const due = await this.transactions.run(ctx, (tx) => this.subscriptions.takeDue(tx));
    if (!due) return 0;
    // Also of a connection that is switched off: its Subscription is to be ended.
    const connected = await this.clients.evenPaused(ctx, due.connectionId);
    try {
      const outcome = await this.look(ctx, connected, due);
      await this.looked(ctx, due, outcome);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      await this.failed(ctx, due, error);
    }
    return 1;
  }

  private async look(
    ctx: Context,
    connected: Connected,
    due: SubscriptionEntity,
  ): Promise<Outcome | 'ended'> {
    const { client, connection } = connected;
    if (due.state === 'off' || connection.state !== 'active') {
      if (due.fhirId) await endSubscription(client, due.fhirId, this.endpointOf(connection.id));
      return 'ended';
    }
    const wish = await this.wishOf(ctx, connected, due.kind);
    const present = await findSubscription(client, due.fhirId, wish.endpoint);
    if (!present) return { state: 'requested', fhirId: await makeSubscription(client, wish), anew: true };
    if (present.status === 'active') await this.listen(ctx, due);
    const works = present.status === 'requested' || present.status === 'active';
    if (works && isAsWished(present, wish)) return { state: present.status, fhirId: present.id! };
    await askAgain(client, present, wish);
    return { state: 'requested', fhirId: present.id!, anew: true };
  }

  private async wishOf(
    ctx: Context,
    { connection }: Connected,
    kind: SubscriptionWish['kind'],
  ): Promise<SubscriptionWish> {
    const [secret] = await this.transactions.run(ctx, (tx) => this.connections.hintSecretsOf(tx, connection));
    return {
      kind,
      topic: connection.subscriptionTopic,
      endpoint: this.endpointOf(connection.id),
      token: subscriptionToken(secret!, connection.id),
    };
  }

  private endpointOf(connectionId: Uuid): string {
    if (this.settings.publicUrl === null) throw noPublicUrl();
    return `${this.settings.publicUrl}/webhooks/ehr/${publicId('ehr', connectionId)}`;
  }

  /** A backport Subscription that says nothing, not even that it lives, may have lost events: everything is looked at. */
  private async listen(ctx: Context, { connectionId, kind, heardAt }: SubscriptionEntity): Promise<void> {
    if (kind !== 'backport' || heardAt === null) return;
    const silent = (await this.clock.now()).getTime() - heardAt.getTime() > 2 * HEARTBEAT_SECONDS * 1_000;
    if (!silent) return;
    this.alarms.gap(ctx.organizationId, connectionId);
    await this.transactions.run(ctx, (tx) => this.syncs.hurry(tx, connectionId, { full: true }));
  }

  private looked(
    ctx: Context,
    { connectionId }: SubscriptionEntity,
    outcome: Outcome | 'ended',
  ): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      await this.worklist.resolve(tx, workItemKey(connectionId), 'works-again');
      if (outcome === 'ended') return this.subscriptions.forget(tx, connectionId);
      const againInSeconds = outcome.state === 'active' ? CHECK_EVERY_S : CHECK_SOON_S;
      await this.subscriptions.checked(tx, connectionId, { ...outcome, faultCode: null, againInSeconds });
    });
  }

  private failed(ctx: Context, due: SubscriptionEntity, { code, retryAfterSeconds }: Fault): Promise<void> {
    const { connectionId, fhirId, failures } = due;
    this.log.warn('fhir.subscription-failed', {
      organization_id: ctx.organizationId,
      id: connectionId,
      code,
    });
    return this.transactions.run(ctx, async (tx) => {
      const againInSeconds = Math.max(CHECK_SOON_S, retryAfterSeconds ?? 0);
      const state = due.state === 'off' ? 'off' : 'error';
      await this.subscriptions.checked(tx, connectionId, { state, fhirId, faultCode: code, againInSeconds });
      if (failures + 1 !== TELL_AT) return;
      await this.worklist.raise(tx, {
        kind: 'ehr-subscription',
        reason: 'subscription-failed',
        key: workItemKey(connectionId),
        subject: { kind: 'ehr-connection', id: connectionId },
      });
    });
  }
}

function workItemKey(connectionId: string): string {
  return `fhir.subscription:${connectionId}`;
}

function noPublicUrl(): Fault {
  return new Fault({
    code: 'ehr.no-public-url',
    kind: 'unavailable',
    words: 'PUBLIC_URL is not set, so that the EHR cannot be told where to send what changes.',
  });
}

import { Inject, Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4.js';
import { WorklistFacade } from '../../../../foundation/worklist/index.js';
import { Clock } from '../../../../platform/clock/clock.js';
import { SETTINGS, type Settings } from '../../../../platform/config/settings.js';
import type { Context, TxContext } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { Fault } from '../../../../platform/errors/fault.js';
import { publicId, type Uuid } from '../../../../platform/ids/ids.js';
import { Log } from '../../../../platform/logging/log.js';
import { subscriptionToken } from '../../domain/hint-proof.js';
import { type Connected, Clients } from '../../infrastructure/clients.js';
import { ConnectionsRepository } from '../../infrastructure/connections.repository.js';
import type { FhirClient } from '../../infrastructure/fhir-client.js';
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
/** So many are made before one is seen: an EHR that takes them and shows none would be filled with them. */
const MOST_UNSEEN = 5;

interface Outcome {
  state: SubscriptionState;
  fhirId: string | null;
  /** The EHR had given up on us and was asked again: whether that helped is only known once it is seen active. */
  gaveUp?: boolean;
}

interface Making {
  client: FhirClient;
  due: SubscriptionEntity;
  wish: SubscriptionWish;
  found: 'untold' | null;
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
    if (due.state === 'off' || connection.state !== 'active') return this.end(client, due);
    const wish = await this.wishOf(ctx, connected, due.kind);
    const present = await findSubscription(client, due.fhirId, wish.endpoint);
    if (present === null || present === 'untold')
      return this.make(ctx, { client, due, wish, found: present });
    await this.transactions.run(ctx, (tx) => this.subscriptions.seen(tx, connection.id));
    if (present.status === 'active') await this.listen(ctx, due);
    if (works(present) && isAsWished(present, wish)) return { state: present.status, fhirId: present.id! };
    const gaveUp = !works(present);
    // Nobody told us of what changed since the EHR gave up on us. Until it works again there is nothing more to learn.
    if (gaveUp && due.state === 'active') await this.lookAtAll(ctx, connection.id);
    await this.transactions.run(ctx, (tx) => this.subscriptions.asking(tx, connection.id));
    await askAgain(client, present, wish);
    return { state: 'requested', fhirId: present.id!, gaveUp };
  }

  private async end(client: FhirClient, due: SubscriptionEntity): Promise<'ended'> {
    const { connectionId, fhirId } = due;
    if (fhirId === null && due.unseen === 0) return 'ended';
    const endpoint = this.endpointOf(connectionId);
    const present = await findSubscription(client, fhirId, endpoint);
    if (present !== null && present !== 'untold') await endSubscription(client, present);
    return 'ended';
  }

  /** Counted before it goes out, so that no crash and no lost answer is forgotten. */
  private async make(ctx: Context, { client, due, wish, found }: Making): Promise<Outcome> {
    if (due.unseen >= (found === 'untold' ? 1 : MOST_UNSEEN)) return this.unseen(ctx, due);
    await this.transactions.run(ctx, (tx) => this.subscriptions.making(tx, due.connectionId));
    return { state: 'requested', fhirId: await makeSubscription(client, wish) };
  }

  /** None more is made. What it sends shows that one lives; else a person must look. Throws `ehr.subscription-unseen`. */
  private async unseen(ctx: Context, due: SubscriptionEntity): Promise<Outcome> {
    const { heardAt, madeAt, fhirId } = due;
    if (heardAt === null || madeAt === null || heardAt < madeAt) throw subscriptionUnseen();
    await this.listen(ctx, due);
    return { state: 'active', fhirId };
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
    await this.lookAtAll(ctx, connectionId);
  }

  private lookAtAll(ctx: Context, connectionId: Uuid): Promise<void> {
    return this.transactions.run(ctx, (tx) => this.syncs.hurry(tx, connectionId, { full: true }));
  }

  private looked(ctx: Context, due: SubscriptionEntity, outcome: Outcome | 'ended'): Promise<void> {
    const { connectionId } = due;
    return this.transactions.run(ctx, async (tx) => {
      if (outcome !== 'ended' && outcome.gaveUp) return this.gaveUp(tx, due, outcome);
      const isAwaited = outcome !== 'ended' && outcome.state !== 'active' && due.faultCode === GAVE_UP;
      if (!isAwaited) await this.worklist.resolve(tx, workItemKey(connectionId), 'works-again');
      if (outcome === 'ended') return this.subscriptions.forget(tx, connectionId);
      await this.subscriptions.checked(tx, connectionId, {
        ...outcome,
        ...(isAwaited ? { failures: due.failures, faultCode: GAVE_UP } : { failures: 0, faultCode: null }),
        againInSeconds: outcome.state === 'active' ? CHECK_EVERY_S : CHECK_SOON_S,
      });
    });
  }

  /** Each time it is asked again later: an EHR that hears our greeting and then refuses would be crawled without end. */
  private async gaveUp(tx: TxContext, due: SubscriptionEntity, outcome: Outcome): Promise<void> {
    const { connectionId } = due;
    const failures = due.failures + 1;
    const againInSeconds = Math.min(CHECK_SOON_S * 2 ** due.failures, CHECK_EVERY_S);
    const { state, fhirId } = outcome;
    const to = { state, fhirId, failures, faultCode: GAVE_UP, againInSeconds };
    await this.subscriptions.checked(tx, connectionId, to);
    if (failures === TELL_AT) await this.tell(tx, connectionId, 'subscription-failed');
  }

  private failed(ctx: Context, due: SubscriptionEntity, fault: Fault): Promise<void> {
    const { code, retryable, retryAfterSeconds } = fault;
    const { connectionId, fhirId } = due;
    const failures = due.failures + 1;
    this.log.warn('fhir.subscription-failed', {
      organization_id: ctx.organizationId,
      id: connectionId,
      code,
    });
    return this.transactions.run(ctx, async (tx) => {
      const againInSeconds = Math.max(CHECK_SOON_S, retryAfterSeconds ?? 0);
      await this.subscriptions.checked(tx, connectionId, {
        ...{
          state: due.state === 'off' ? 'off' : 'error',
          fhirId,
          failures,
          faultCode: code,
          againInSeconds,
        },
        keepsActive: retryable,
      });
      if (code === UNSEEN) await this.tell(tx, connectionId, 'subscription-unseen');
      else if (failures === TELL_AT) await this.tell(tx, connectionId, 'subscription-failed');
    });
  }

  private async tell(tx: TxContext, connectionId: Uuid, reason: string): Promise<void> {
    await this.worklist.raise(tx, {
      ...{ kind: 'ehr-subscription', reason, key: workItemKey(connectionId) },
      subject: { kind: 'ehr-connection', id: connectionId },
    });
  }
}

function works(present: Subscription): present is Subscription & { status: 'requested' | 'active' } {
  return present.status === 'requested' || present.status === 'active';
}

function workItemKey(connectionId: string): string {
  return `fhir.subscription:${connectionId}`;
}

const UNSEEN = 'ehr.subscription-unseen';
const GAVE_UP = 'ehr.subscription-given-up';

function subscriptionUnseen(): Fault {
  return new Fault({
    code: UNSEEN,
    kind: 'remote',
    words:
      'The EHR took a Subscription and does not show it. Look there, remove what is too many, and save the connection.',
  });
}

function noPublicUrl(): Fault {
  return new Fault({
    code: 'ehr.no-public-url',
    kind: 'unavailable',
    words: 'PUBLIC_URL is not set, so that the EHR cannot be told where to send what changes.',
  });
}

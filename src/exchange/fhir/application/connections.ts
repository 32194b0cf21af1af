import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { ConfigurationFault } from '../../../platform/config/settings.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import { staleVersion } from '../../../platform/http/entity-tag.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { canonicalJson } from '../domain/canonical.js';
import type { ConnectionSettings, ContactFlag, Profile } from '../domain/connection.js';
import { DEFAULTS, faultOfMove, faultOfSettings } from '../domain/settings.policy.js';
import type { ConnectionEntity } from '../infrastructure/connection.entity.js';
import { ConnectionsRepository } from '../infrastructure/connections.repository.js';
import { HintsRepository } from '../infrastructure/hints.repository.js';
import { WithheldRecords } from '../infrastructure/withheld-records.js';
import { QuarantineRepository } from '../infrastructure/quarantine.repository.js';
import { SubscriptionsRepository } from '../infrastructure/subscriptions.repository.js';
import type { SyncEntity } from '../infrastructure/sync.entity.js';
import { SyncRepository } from '../infrastructure/sync.repository.js';
import { PROBE_LOOP, SUBSCRIPTION_LOOP, SYNC_LOOP } from './loop-names.js';
import { SigningKeys } from './signing-keys.js';

export interface ConnectionView {
  connection: ConnectionEntity;
  sync: SyncEntity | null;
  /** Rows put aside at present, by reason. */
  quarantined: Record<string, number>;
}

/** What the setup file says of one. What it leaves out stays as it is. */
export type NamedConnection = Pick<ConnectionSettings, 'name' | 'baseUrl'> & Partial<ConnectionSettings>;

/** How one EHR connection was when last seen. */
export interface ConnectionState {
  id: Uuid;
  name: string;
  state: 'active' | 'paused';
  /** When a sync last read everything that it had to. */
  completeAt: Date | null;
  /** Why the last sync failed: a code; null when it did not. */
  faultCode: string | null;
  /** Rows put aside at present. */
  quarantined: number;
}

const MANY = 1_000;

/** The hospital's EHR connections. */
@Injectable()
export class Connections {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ConnectionsRepository,
    private readonly syncs: SyncRepository,
    private readonly quarantine: QuarantineRepository,
    private readonly hints: HintsRepository,
    private readonly subscriptions: SubscriptionsRepository,
    private readonly audit: AuditFacade,
    private readonly loops: Loops,
    private readonly keys: SigningKeys,
    private readonly withheld: WithheldRecords,
  ) {}

  async names(ctx: Context): Promise<{ id: Uuid; name: string }[]> {
    const all = await this.transactions.run(ctx, (tx) =>
      this.repository.list(tx, { after: null, limit: MANY }),
    );
    return all.map(({ id, name }) => ({ id, name }));
  }

  async states(ctx: Context): Promise<ConnectionState[]> {
    const views = await this.list(ctx, { after: null, limit: MANY });
    return views.map(({ connection: { id, name, state }, sync, quarantined }) => ({
      id,
      name,
      state,
      completeAt: sync?.completeAt ?? null,
      faultCode: sync?.faultCode ?? null,
      quarantined: Object.values(quarantined).reduce((sum, count) => sum + count, 0),
    }));
  }

  list(ctx: Context, page: { after: CursorKey | null; limit: number }): Promise<ConnectionView[]> {
    return this.transactions.run(ctx, async (tx) => this.views(tx, await this.repository.list(tx, page)));
  }

  /** Throws not-found. */
  get(ctx: Context, id: Uuid): Promise<ConnectionView> {
    return this.transactions.run(ctx, async (tx) => {
      const connection = await this.repository.get(tx, id);
      if (!connection) throw notFound('EHR connection');
      return (await this.views(tx, [connection]))[0]!;
    });
  }

  /** Throws not-found. */
  contactFlags(ctx: Context, id: Uuid): Promise<ContactFlag[]> {
    return this.transactions.run(ctx, async (tx) => {
      const connection = await this.repository.get(tx, id);
      if (!connection) throw notFound('EHR connection');
      return connection.contactFlags;
    });
  }

  /** The present settings with their secret: for a change of them, never for an answer. */
  settings(ctx: Context, id: Uuid): Promise<ConnectionSettings> {
    return this.transactions.run(ctx, async (tx) => {
      const connection = await this.repository.get(tx, id);
      if (!connection) throw notFound('EHR connection');
      return this.settingsOf(tx, connection);
    });
  }

  /** Throws `ehr.name-taken`. */
  create(ctx: Context, settings: ConnectionSettings): Promise<ConnectionView> {
    return this.transactions.run(ctx, async (tx) => {
      if (await this.repository.byName(tx, settings.name)) throw nameTaken();
      const made = await this.repository.create(tx, settings);
      await this.keys.settle(tx, made.id, settings, null);
      await this.changed(tx, made, { settings, anew: true, action: 'C' });
      return (await this.views(tx, [made]))[0]!;
    });
  }

  /** Throws not-found, `if-match.stale`, `ehr.name-taken`. */
  change(
    ctx: Context,
    row: { id: Uuid; version: number },
    settings: ConnectionSettings,
  ): Promise<ConnectionView> {
    return this.transactions.run(ctx, async (tx) => {
      const before = await this.repository.get(tx, row.id);
      if (!before) throw notFound('EHR connection');
      const namesake = await this.repository.byName(tx, settings.name);
      if (namesake && namesake.id !== row.id) throw nameTaken();
      const signedIn = await this.settingsOf(tx, before);
      if (!(await this.repository.update(tx, row, settings))) throw staleVersion();
      await this.keys.settle(tx, row.id, settings, signedIn);
      const after = (await this.repository.get(tx, row.id))!;
      await this.changed(tx, after, { settings, anew: before.baseUrl !== settings.baseUrl, action: 'U' });
      return (await this.views(tx, [after]))[0]!;
    });
  }

  /**
   * The setup file's connection: made, changed or, when it says nothing new, left alone. What staff set outlasts a restart
   * where the file does not speak of it. Throws ConfigurationFault when the two do not go together.
   */
  async apply(ctx: TxContext, named: NamedConnection): Promise<void> {
    const known = await this.repository.byName(ctx, named.name);
    if (!known) {
      await this.create(ctx, { ...DEFAULTS, ...named });
      return;
    }
    const present = await this.settingsOf(ctx, known);
    const wanted = { ...present, ...named };
    const fault = faultOfSettings(wanted) ?? (named.auth ? null : faultOfMove(present, wanted));
    if (fault) throw new ConfigurationFault([`EHR connection ${named.name}: ${fault.words}`]);
    if (canonicalJson(present) !== canonicalJson(wanted)) await this.change(ctx, known, wanted);
  }

  private async settingsOf(ctx: TxContext, connection: ConnectionEntity): Promise<ConnectionSettings> {
    return {
      name: connection.name,
      baseUrl: connection.baseUrl,
      alternateBaseUrls: connection.alternateBaseUrls,
      profile: connection.profile as Profile,
      auth: await this.repository.authOf(ctx, connection),
      syncStrategy: connection.syncStrategy,
      scanBy: connection.scanBy,
      horizonDays: connection.horizonDays,
      intervalSeconds: connection.intervalSeconds,
      overlapSeconds: connection.overlapSeconds,
      locations: connection.locations,
      practitioners: connection.practitioners,
      requestsPerSecond: connection.requestsPerSecond,
      concurrency: connection.concurrency,
      quietHours: connection.quietHours,
      appointmentWrite: connection.appointmentWrite,
      summaryCarrier: connection.summaryCarrier,
      escrowKey: connection.escrowKey,
      summarySender: connection.summarySender,
      summaryRecipients: connection.summaryRecipients,
      summaryLabel: connection.summaryLabel,
      contactFlags: connection.contactFlags,
      hintSecrets: await this.repository.hintSecretsOf(ctx, connection),
      subscription: connection.subscription,
      subscriptionTopic: connection.subscriptionTopic,
      allowPrivateNetwork: connection.allowPrivateNetwork,
      state: connection.state,
    };
  }

  private async changed(
    ctx: TxContext,
    { id, version }: ConnectionEntity,
    to: { settings: ConnectionSettings; anew: boolean; action: 'C' | 'U' },
  ): Promise<void> {
    const active = to.settings.state === 'active';
    await this.syncs.set(ctx, id, { state: active ? 'on' : 'off', anew: to.anew });
    await this.hints.enlist(ctx, id, version);
    if (!active) await this.withheld.letBe(ctx, id);
    await this.subscriptions.want(ctx, id, active ? to.settings.subscription : 'none');
    await this.audit.record(ctx, {
      type: to.action === 'C' ? 'ehr-connection.created' : 'ehr-connection.changed',
      action: to.action,
      entity: { kind: 'ehr-connection', id },
    });
    afterCommit(ctx, () => {
      void this.loops.wake(PROBE_LOOP);
      void this.loops.wake(SYNC_LOOP);
      void this.loops.wake(SUBSCRIPTION_LOOP);
    });
  }

  private async views(ctx: TxContext, connections: ConnectionEntity[]): Promise<ConnectionView[]> {
    const ids = connections.map(({ id }) => id);
    const syncs = await this.syncs.getMany(ctx, ids);
    const held = await this.quarantine.counts(ctx, ids);
    return connections.map((connection) => ({
      connection,
      sync: syncs.get(connection.id) ?? null,
      quarantined: held.get(connection.id) ?? {},
    }));
  }
}

function nameTaken(): Fault {
  return new Fault({
    code: 'ehr.name-taken',
    kind: 'conflict',
    words: 'There is an EHR connection of this name already. Take another name.',
  });
}

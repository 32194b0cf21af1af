import { Injectable } from '@nestjs/common';
import { type KeySubject, type Place, VaultFacade } from '../../../foundation/vault/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Capabilities, SummaryCarrier } from '../domain/capabilities.js';
import type { Auth, ConnectionSettings } from '../domain/connection.js';
import type { Lost } from '../domain/lost.policy.js';
import { ConnectionEntity } from './connection.entity.js';

/** The hospital's own credentials: sealed with the hospital's own key. */
const SUBJECT: KeySubject = { kind: 'organization' };

type Columns = Omit<ConnectionSettings, 'auth' | 'hintSecrets'> & {
  authType: Auth['type'];
  authSealed: Buffer | null;
  hintSecretsSealed: Buffer | null;
};

@Injectable()
export class ConnectionsRepository {
  constructor(private readonly vault: VaultFacade) {}

  get(ctx: TxContext, id: Uuid): Promise<ConnectionEntity | null> {
    return managerOf(ctx).findOneBy(ConnectionEntity, { organizationId: ctx.organizationId, id });
  }

  /** Nobody else changes it before this transaction ends. */
  locked(ctx: TxContext, id: Uuid): Promise<ConnectionEntity | null> {
    return managerOf(ctx).findOne(ConnectionEntity, {
      where: { organizationId: ctx.organizationId, id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  byName(ctx: TxContext, name: string): Promise<ConnectionEntity | null> {
    return managerOf(ctx).findOneBy(ConnectionEntity, { organizationId: ctx.organizationId, name });
  }

  list(ctx: TxContext, page: { after: CursorKey | null; limit: number }): Promise<ConnectionEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(ConnectionEntity, 'connection')
      .where('connection.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy('connection.name')
      .limit(page.limit);
    if (page.after) query.andWhere('connection.name > :name', { name: page.after[0] });
    return query.getMany();
  }

  async create(ctx: TxContext, settings: ConnectionSettings): Promise<ConnectionEntity> {
    const id = newId();
    const row = { organizationId: ctx.organizationId, id, ...(await this.columnsOf(ctx, id, settings)) };
    await managerOf(ctx).insert(ConnectionEntity, row);
    return (await this.get(ctx, id))!;
  }

  /** False when somebody changed it since `version`. */
  async update(
    ctx: TxContext,
    row: { id: Uuid; version: number },
    settings: ConnectionSettings,
  ): Promise<boolean> {
    const { affected } = await managerOf(ctx).update(
      ConnectionEntity,
      { organizationId: ctx.organizationId, id: row.id, version: row.version },
      // What the EHR can do depends on the settings: it is asked again, and compared with what was found before.
      {
        ...(await this.columnsOf(ctx, row.id, settings)),
        version: row.version + 1,
        probedAt: null,
        learntCarrier: null,
      },
    );
    return affected === 1;
  }

  async authOf(ctx: TxContext, connection: ConnectionEntity): Promise<Auth> {
    if (connection.authSealed === null) return { type: 'none' };
    const text = await this.vault.openText(ctx, SUBJECT, placeOf(connection.id), connection.authSealed);
    return JSON.parse(text) as Auth;
  }

  async hintSecretsOf(ctx: TxContext, connection: ConnectionEntity): Promise<string[]> {
    if (connection.hintSecretsSealed === null) return [];
    const place = hintsPlaceOf(connection.id);
    return JSON.parse(
      await this.vault.openText(ctx, SUBJECT, place, connection.hintSecretsSealed),
    ) as string[];
  }

  /** Leaves the version alone: it is the tag of what people set. */
  async saveCapabilities(
    ctx: TxContext,
    id: Uuid,
    { capabilities, lost }: { capabilities: Capabilities; lost: Lost },
  ): Promise<void> {
    await sql(
      ctx,
      `update fhir.connection set capabilities = $3, lost = $4, probed_at = platform.now()
        where organization_id = $1 and id = $2`,
      [ctx.organizationId, id, JSON.stringify(capabilities), JSON.stringify(lost)],
    );
  }

  /** What the EHR took after a refusal. It holds until the settings change. */
  async saveLearntCarrier(ctx: TxContext, id: Uuid, carrier: SummaryCarrier): Promise<void> {
    await managerOf(ctx).update(
      ConnectionEntity,
      { organizationId: ctx.organizationId, id },
      { learntCarrier: carrier },
    );
  }

  private async columnsOf(
    ctx: TxContext,
    id: Uuid,
    { auth, hintSecrets, ...settings }: ConnectionSettings,
  ): Promise<Columns> {
    const sealed =
      auth.type === 'none' ? null : await this.vault.seal(ctx, SUBJECT, placeOf(id), JSON.stringify(auth));
    const hintSecretsSealed =
      hintSecrets.length === 0
        ? null
        : await this.vault.seal(ctx, SUBJECT, hintsPlaceOf(id), JSON.stringify(hintSecrets));
    return { ...settings, authType: auth.type, authSealed: sealed, hintSecretsSealed };
  }
}

function hintsPlaceOf(id: Uuid): Place {
  return { table: 'fhir.connection', column: 'hint_secrets_sealed', row: id };
}

function placeOf(id: Uuid): Place {
  return { table: 'fhir.connection', column: 'auth_sealed', row: id };
}

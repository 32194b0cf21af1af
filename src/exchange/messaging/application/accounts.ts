import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import { staleVersion } from '../../../platform/http/entity-tag.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { AccountEntity, type ChannelEntity } from '../infrastructure/account.entity.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { GraphAccess } from '../infrastructure/graph-client.js';
import { Channels } from './channels.js';
import { ORGANIZATION, placeOf } from './sealing.js';

/** All that an account is made of. */
export interface AccountFields {
  name: string;
  /** With the version: `https://graph.facebook.com/v25.0`. */
  graphBaseUrl: string;
  businessAccountId: string;
  phoneNumberId: string;
  accessToken: string;
  /** One, or two while one replaces the other. */
  appSecrets: string[];
  verifyToken: string;
  allowPrivateNetwork: boolean;
}

export interface AccountChange extends Partial<AccountFields> {
  state?: 'active' | 'disabled';
}

/** How a number and its channel to Meta were when last seen. */
export interface AccountState {
  id: Uuid;
  name: string;
  state: 'active' | 'disabled';
  /** Meta's code for why nothing may go out, and until when; null when all is well. */
  hold: { code: number; until: Date } | null;
  templatesReadAt: Date | null;
  /** Why the templates could not be read: a code. */
  templatesFailure: string | null;
}

const MANY = 1_000;

const PLAIN = [
  'name',
  'graphBaseUrl',
  'businessAccountId',
  'phoneNumberId',
  'allowPrivateNetwork',
  'state',
] as const;

/** The business numbers of an organization. Secrets go in and are never shown again. */
@Injectable()
export class Accounts {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: AccountsRepository,
    private readonly channels: Channels,
    private readonly vault: VaultFacade,
    private readonly audit: AuditFacade,
  ) {}

  /** Throws Fault `whatsapp-account.name-taken`, `whatsapp-account.number-taken` (409). */
  create(ctx: Context, fields: AccountFields): Promise<AccountEntity> {
    return this.transactions.run(ctx, async (tx) => {
      if (await this.repository.byName(tx, fields.name))
        throw taken('name', 'There is an account of this name already.');
      const account = Object.assign(new AccountEntity(), {
        organizationId: tx.organizationId,
        id: newId(),
        displayNumber: null,
        state: 'active',
        createdAt: await nowIn(tx),
        version: 1,
      });
      await this.fill(tx, account, fields);
      await this.store(tx, account, 'C');
      return account;
    });
  }

  /** Throws not-found, 412 when the version is another. A change also ends a hold of the channel. */
  change(ctx: Context, which: { id: Uuid; version: number }, change: AccountChange): Promise<AccountEntity> {
    return this.transactions.run(ctx, async (tx) => {
      const account = await this.get(tx, which.id);
      if (!(await this.repository.raiseVersion(tx, which.id, which.version))) throw staleVersion();
      account.version = which.version + 1;
      await this.fill(tx, account, change);
      await this.store(tx, account, 'U');
      await this.channels.release(tx, account.id);
      return account;
    });
  }

  /** What the setup file says: makes the account, changes it, or leaves it as it is. */
  async ensure(ctx: TxContext, fields: AccountFields): Promise<void> {
    const account = await this.repository.byName(ctx, fields.name);
    if (!account) return void (await this.create(ctx, fields));
    if (await this.isSame(ctx, account, fields)) return;
    await this.change(ctx, account, fields);
  }

  states(ctx: Context): Promise<AccountState[]> {
    return this.transactions.run(ctx, async (tx) => {
      const accounts = await this.repository.list(tx, null, MANY);
      const channels = await this.repository.channels(
        tx,
        accounts.map(({ id }) => id),
      );
      const now = await nowIn(tx);
      return accounts.map((account) =>
        stateOf(
          account,
          channels.find(({ accountId }) => accountId === account.id)!,
          now,
        ),
      );
    });
  }

  async get(ctx: TxContext, id: Uuid): Promise<AccountEntity> {
    const account = await this.repository.get(ctx, id);
    if (!account) throw notFound('WhatsApp account');
    return account;
  }

  /** How to speak for it; the token in the clear. */
  async access(ctx: Context, account: AccountEntity): Promise<GraphAccess> {
    const place = placeOf('account', 'access_token_sealed', account.id);
    const accessToken = await this.vault.openText(ctx, ORGANIZATION, place, account.accessTokenSealed);
    return {
      graphBaseUrl: account.graphBaseUrl,
      accessToken,
      allowPrivateNetwork: account.allowPrivateNetwork,
    };
  }

  /** What webhooks are checked with; in the clear. */
  async webhookSecrets(
    ctx: Context,
    account: AccountEntity,
  ): Promise<Pick<AccountFields, 'appSecrets' | 'verifyToken'>> {
    const keys = await this.vault.keysFor(ctx, [ORGANIZATION]);
    const open = (column: string, sealed: Buffer): string =>
      keys.openText(ORGANIZATION, placeOf('account', column, account.id), sealed);
    return {
      appSecrets: JSON.parse(open('app_secrets_sealed', account.appSecretsSealed)) as string[],
      verifyToken: open('verify_token_sealed', account.verifyTokenSealed),
    };
  }

  private async fill(ctx: TxContext, account: AccountEntity, change: AccountChange): Promise<void> {
    for (const key of PLAIN) if (change[key] !== undefined) Object.assign(account, { [key]: change[key] });
    const keys = await this.vault.keysFor(ctx, [ORGANIZATION]);
    const seal = (column: string, plain: string): Buffer =>
      keys.seal(ORGANIZATION, placeOf('account', column, account.id), plain);
    if (change.accessToken !== undefined)
      account.accessTokenSealed = seal('access_token_sealed', change.accessToken);
    if (change.verifyToken !== undefined)
      account.verifyTokenSealed = seal('verify_token_sealed', change.verifyToken);
    if (change.appSecrets !== undefined) {
      account.appSecretsSealed = seal('app_secrets_sealed', JSON.stringify(change.appSecrets));
    }
  }

  private async store(ctx: TxContext, account: AccountEntity, action: 'C' | 'U'): Promise<void> {
    await this.repository.save(ctx, account);
    if (!(await this.repository.enlist(ctx, account))) {
      throw taken('number', 'Another account has this phone number id already.');
    }
    await this.repository.openChannel(ctx, account.id);
    await this.channels.readTemplatesSoon(ctx, [account.id]);
    await this.audit.record(ctx, {
      type: action === 'C' ? 'whatsapp-account.created' : 'whatsapp-account.changed',
      action,
      entity: { kind: 'whatsapp-account', id: account.id },
      detail: { version: account.version },
    });
  }

  private async isSame(ctx: TxContext, account: AccountEntity, fields: AccountFields): Promise<boolean> {
    const { accessToken } = await this.access(ctx, account);
    const present = { ...(await this.webhookSecrets(ctx, account)), accessToken };
    const plain = (
      ['graphBaseUrl', 'businessAccountId', 'phoneNumberId', 'allowPrivateNetwork'] as const
    ).every((key) => account[key] === fields[key]);
    return (
      plain &&
      present.accessToken === fields.accessToken &&
      present.verifyToken === fields.verifyToken &&
      JSON.stringify(present.appSecrets) === JSON.stringify(fields.appSecrets)
    );
  }
}

function taken(what: string, words: string): Fault {
  return new Fault({ code: `whatsapp-account.${what}-taken`, kind: 'conflict', words });
}

function stateOf({ id, name, state }: AccountEntity, channel: ChannelEntity, now: Date): AccountState {
  const { heldCode, heldUntil, templatesReadAt, templatesFailure } = channel;
  const hold =
    heldCode !== null && heldUntil !== null && heldUntil > now ? { code: heldCode, until: heldUntil } : null;
  return { id, name, state, hold, templatesReadAt, templatesFailure };
}

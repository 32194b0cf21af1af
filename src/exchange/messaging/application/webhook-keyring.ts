import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { systemContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { Log } from '../../../platform/logging/log.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isSameSecret, isSignedBy, secretKeyOf } from '../domain/signature.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import type { NumberDirectoryEntity } from '../infrastructure/account.entity.js';
import { Accounts } from './accounts.js';

/** One number of the installation, and what its webhooks are checked with. */
export interface WebhookAccount {
  phoneNumberId: string;
  businessAccountId: string;
  organizationId: Uuid;
  accountId: Uuid;
  version: number;
  appSecrets: string[];
  verifyToken: string;
}

/** Distinct app secrets: numbers of one app share theirs, and each costs an HMAC over the body. */
interface Secret {
  key: KeyObject;
  accounts: WebhookAccount[];
}

/** How long a changed secret may stay unseen by another process. */
const FRESH_MS = 5_000;
/** From this age on it is read anew behind the backs of those who ask, so that nobody waits for it. */
const AHEAD_MS = 2_500;
/** A stranger's bad signatures must not make us read the directory each time. */
const ASK_AGAIN_MS = 1_000;

/** The secrets of all accounts, in memory: the signature is checked before anything tells whose webhook it is. */
@Injectable()
export class WebhookKeyring {
  private accounts: WebhookAccount[] = [];
  private secrets: Secret[] = [];
  private readAt = -Infinity;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly transactions: Transactions,
    private readonly repository: AccountsRepository,
    private readonly accountsOf: Accounts,
    private readonly log: Log,
  ) {}

  all(): readonly WebhookAccount[] {
    return this.accounts;
  }

  /** The accounts one of whose app secrets signed these bytes. */
  signersOf(bytes: Uint8Array, signature: string): Promise<WebhookAccount[]> {
    return this.find(() => {
      const signed = this.secrets.filter(({ key }) => isSignedBy(key, bytes, signature));
      if (signed.length === 1) return signed[0]!.accounts;
      return [...new Set(signed.flatMap(({ accounts }) => accounts))];
    });
  }

  /** Whether some account has this verify token. */
  async knowsToken(token: string): Promise<boolean> {
    const found = await this.find(() =>
      this.accounts.filter(({ verifyToken }) => isSameSecret(verifyToken, token)),
    );
    return found.length > 0;
  }

  /** Reads the directory anew when it is older than a second: somebody asked for a number that is not in it. */
  lookAgain(): Promise<void> {
    return this.refresh(ASK_AGAIN_MS);
  }

  /** Looks among what is known; when that fails, once more among what is true now. */
  private async find(look: () => WebhookAccount[]): Promise<WebhookAccount[]> {
    if (performance.now() - this.readAt >= AHEAD_MS) await this.refresh(FRESH_MS);
    const found = look();
    if (found.length > 0) return found;
    await this.lookAgain();
    return look();
  }

  private async refresh(maxAgeMs: number): Promise<void> {
    const age = performance.now() - this.readAt;
    if (age < Math.min(maxAgeMs, AHEAD_MS)) return;
    const reading = this.readOnce();
    // Who may still go by what is known leaves the failure to the next one, who may not.
    if (age < maxAgeMs) reading.catch(() => undefined);
    else await reading;
  }

  private readOnce(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    const directory = await this.transactions.directory((tx) => this.repository.directory(tx));
    const known = new Map(this.accounts.map((account) => [account.accountId, account]));
    const accounts: WebhookAccount[] = [];
    for (const row of directory) {
      const present = known.get(row.accountId);
      const account = present?.version === row.version ? present : await this.open(row);
      if (account) accounts.push(account);
    }
    this.accounts = accounts;
    this.secrets = secretsOf(accounts);
    this.readAt = performance.now();
  }

  /** One account whose secrets cannot be opened must not shut out the others. */
  private async open(row: NumberDirectoryEntity): Promise<WebhookAccount | null> {
    const ctx = systemContext(row.organizationId, 'messaging.webhook');
    try {
      return await this.transactions.run(ctx, async (tx) => {
        const account = await this.accountsOf.get(tx, row.accountId);
        return { ...row, ...(await this.accountsOf.webhookSecrets(tx, account)) };
      });
    } catch (error) {
      // A database that is away says nothing of this account: as if it were none, its webhooks would be turned away.
      if (error instanceof Fault && error.retryable) throw error;
      this.log.error(
        'whatsapp.account-unreadable',
        { organization_id: row.organizationId, id: row.accountId },
        error,
      );
      return null;
    }
  }
}

function secretsOf(accounts: readonly WebhookAccount[]): Secret[] {
  const distinct = new Set(accounts.flatMap(({ appSecrets }) => appSecrets));
  return [...distinct].map((secret) => ({
    key: secretKeyOf(secret),
    accounts: accounts.filter(({ appSecrets }) => appSecrets.includes(secret)),
  }));
}

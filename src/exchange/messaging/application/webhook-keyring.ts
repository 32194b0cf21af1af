import { Injectable } from '@nestjs/common';
import { systemContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Log } from '../../../platform/logging/log.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isSameSecret, isSignedBy } from '../domain/signature.js';
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

/** How long a changed secret may stay unseen by another process. */
const FRESH_MS = 5_000;
/** A stranger's bad signatures must not make us read the directory each time. */
const ASK_AGAIN_MS = 1_000;

/** The secrets of all accounts, in memory: the signature is checked before anything tells whose webhook it is. */
@Injectable()
export class WebhookKeyring {
  private accounts: WebhookAccount[] = [];
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
  async signersOf(bytes: Uint8Array, signature: string): Promise<WebhookAccount[]> {
    return this.find((secrets) => {
      const verdicts = new Map(
        secrets.flatMap(({ appSecrets }) => appSecrets).map((secret) => [secret, false]),
      );
      for (const secret of verdicts.keys()) verdicts.set(secret, isSignedBy(secret, bytes, signature));
      return secrets.filter(({ appSecrets }) => appSecrets.some((secret) => verdicts.get(secret)));
    });
  }

  /** Whether some account has this verify token. */
  async knowsToken(token: string): Promise<boolean> {
    const found = await this.find((accounts) =>
      accounts.filter(({ verifyToken }) => isSameSecret(verifyToken, token)),
    );
    return found.length > 0;
  }

  /** Looks among what is known; when that fails, once more among what is true now. */
  private async find(look: (accounts: WebhookAccount[]) => WebhookAccount[]): Promise<WebhookAccount[]> {
    await this.refresh(FRESH_MS);
    const found = look(this.accounts);
    if (found.length > 0) return found;
    await this.refresh(ASK_AGAIN_MS);
    return look(this.accounts);
  }

  private async refresh(maxAgeMs: number): Promise<void> {
    if (performance.now() - this.readAt < maxAgeMs) return;
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    await this.reading;
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
      this.log.error(
        'whatsapp.account-unreadable',
        { organization_id: row.organizationId, id: row.accountId },
        error,
      );
      return null;
    }
  }
}

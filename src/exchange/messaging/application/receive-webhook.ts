import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { VaultFacade, type Keys } from '../../../foundation/vault/index.js';
import { systemContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import { parseJson } from '../../../platform/http/json-body.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { isSignature } from '../domain/signature.js';
import { routeChanges, type RoutedChange } from '../domain/route.js';
import { dayOf } from '../domain/timestamps.js';
import { InboxRepository, type NewInboxRow } from '../infrastructure/inbox.repository.js';
import { MessagingMetrics } from './metrics.js';
import { ORGANIZATION, placeOf } from './sealing.js';
import { WebhookAlarms } from './webhook-alarms.js';
import { WebhookKeyring, type WebhookAccount } from './webhook-keyring.js';

/** Signature over the raw bytes, then parse, then one sealed row per change, then 200. Decoding comes later. */
@Injectable()
export class ReceiveWebhook {
  constructor(
    private readonly transactions: Transactions,
    private readonly keyring: WebhookKeyring,
    private readonly inbox: InboxRepository,
    private readonly vault: VaultFacade,
    private readonly alarms: WebhookAlarms,
    private readonly metrics: MessagingMetrics,
    private readonly loops: Loops,
  ) {}

  /**
   * Stores what Meta posted. Throws Fault `webhook.signature` (401: nothing is stored), `json.*` (400), and
   * DatabaseFault (503: Meta will post it again).
   */
  async run(bytes: Buffer, signature: string | undefined): Promise<void> {
    const signers = await this.signersOf(bytes, signature);
    const routed = routeChanges(parseJson(bytes), this.keyring.all());
    const mine = routed.filter(
      ({ account }) => account !== null && signers.some(({ accountId }) => accountId === account.accountId),
    );
    await this.alarms.strays(routed.filter((change) => !mine.includes(change)));
    for (const [organizationId, changes] of byOrganization(mine)) await this.store(organizationId, changes);
    this.metrics.webhooks.inc({ result: 'taken' });
  }

  private async signersOf(bytes: Buffer, signature: string | undefined): Promise<WebhookAccount[]> {
    const signers = isSignature(signature) ? await this.keyring.signersOf(bytes, signature) : [];
    if (signers.length > 0) return signers;
    this.metrics.webhooks.inc({ result: 'signature-refused' });
    await this.alarms.badSignature(reasonFor(signature));
    throw new Fault({
      code: 'webhook.signature',
      kind: 'unauthenticated',
      words: 'The signature is missing or does not fit the body. Check the app secret of the account.',
    });
  }

  private async store(organizationId: Uuid, changes: readonly RoutedChange[]): Promise<void> {
    const ctx = systemContext(organizationId, 'messaging.webhook');
    const added = await this.transactions.run(ctx, async (tx) => {
      const keys = await this.vault.keysFor(tx, [ORGANIZATION]);
      afterCommit(tx, () => void this.loops.wake('messaging.inbox'));
      return this.inbox.add(
        tx,
        changes.map((change) => rowOf(keys, change)),
      );
    });
    failpoint('inbox.stored');
    this.metrics.changes.inc({ result: 'stored' }, added);
    this.metrics.changes.inc({ result: 'repeated' }, changes.length - added);
  }
}

function rowOf(keys: Keys, { change, account, entryId, entryTime, at, field }: RoutedChange): NewInboxRow {
  const id = newId();
  const text = JSON.stringify(change);
  return {
    id,
    day: dayOf(at),
    dedupe: createHash('sha256')
      .update(JSON.stringify([account!.accountId, entryId, entryTime]))
      .update(text)
      .digest(),
    // A change of the whole business account belongs to no number.
    accountId: field === 'messages' ? account!.accountId : null,
    field,
    changeSealed: keys.seal(ORGANIZATION, placeOf('inbox', 'change_sealed', id), text),
  };
}

function byOrganization(changes: readonly RoutedChange[]): Map<Uuid, RoutedChange[]> {
  const groups = new Map<Uuid, RoutedChange[]>();
  for (const change of changes) {
    const { organizationId } = change.account!;
    groups.set(organizationId, [...(groups.get(organizationId) ?? []), change]);
  }
  return groups;
}

function reasonFor(signature: string | undefined): 'missing' | 'malformed' | 'wrong' {
  if (signature === undefined) return 'missing';
  return isSignature(signature) ? 'wrong' : 'malformed';
}

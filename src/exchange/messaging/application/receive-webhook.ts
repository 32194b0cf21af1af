import { Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/errors/fault.js';
import { parseJson } from '../../../platform/http/json-body.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { arrivalOf, type Arrival } from '../domain/arrival.js';
import { isSignature } from '../domain/signature.js';
import { routeChanges, type RoutedChange } from '../domain/route.js';
import { InboxFlusher } from './inbox-flusher.js';
import { MessagingMetrics } from './metrics.js';
import { WebhookAlarms } from './webhook-alarms.js';
import { WebhookKeyring, type WebhookAccount } from './webhook-keyring.js';
import { busy, WebhookPatience } from './webhook-patience.js';

type Routed = RoutedChange<WebhookAccount>;

/** Signature over the raw bytes, then parse, then one sealed row per change, then 200. Decoding comes later. */
@Injectable()
export class ReceiveWebhook {
  constructor(
    private readonly keyring: WebhookKeyring,
    private readonly flusher: InboxFlusher,
    private readonly patience: WebhookPatience,
    private readonly alarms: WebhookAlarms,
    private readonly metrics: MessagingMetrics,
  ) {}

  /**
   * Stores what Meta posted. Throws Fault `webhook.signature` (401: nothing is stored), `json.*` (400), and
   * `webhook.busy` (503 within a second: Meta will post it again).
   */
  async run(bytes: Buffer, signature: string | undefined): Promise<void> {
    if (this.flusher.stalled) throw busy();
    await this.patience.within(bytes.length, () => this.take(bytes, signature));
    this.metrics.webhooks.inc(TAKEN);
  }

  private async take(bytes: Buffer, signature: string | undefined): Promise<void> {
    const signers = await this.signersOf(bytes, signature);
    const body = parseJson(bytes);
    const routed = routeChanges(body, this.keyring.all());
    const { arrivals, strays } = sort(routed.every(isKnown) ? routed : await this.routeAgain(body), signers);
    if (strays.length > 0) await this.alarms.strays(strays);
    const writes = [...arrivals].map(([organizationId, rows]) => this.flusher.store(organizationId, rows));
    await Promise.all(writes);
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

  /** A number that is not known may have been added by another process a moment ago. */
  private async routeAgain(body: unknown): Promise<Routed[]> {
    await this.keyring.lookAgain();
    return routeChanges(body, this.keyring.all());
  }
}

function isKnown({ account }: Routed): boolean {
  return account !== null;
}

/**
 * What is kept, by organization. A number that nobody has is parked with whoever's secret signed it; a change that
 * another organization's secret signed, or of a business account that nobody has, is nobody's.
 */
function sort(
  routed: readonly Routed[],
  signers: readonly WebhookAccount[],
): { arrivals: Map<Uuid, Arrival[]>; strays: Routed[] } {
  const arrivals = new Map<Uuid, Arrival[]>();
  const keep = (organizationId: Uuid, arrival: Arrival): void => {
    const kept = arrivals.get(organizationId);
    if (kept) kept.push(arrival);
    else arrivals.set(organizationId, [arrival]);
  };
  const strays: Routed[] = [];
  for (const change of routed) {
    const { account, numberId } = change;
    if (account && signers.some((signer) => speaksFor(signer, change))) {
      keep(account.organizationId, arrivalOf(change, account.accountId));
    } else {
      strays.push(change);
      if (account || numberId === null) continue;
      for (const organizationId of ownersOf(change, signers)) keep(organizationId, arrivalOf(change, null));
    }
  }
  return { arrivals, strays };
}

/**
 * Who is asked about a number that nobody has: who has that business account, else all whose secret signed. Any of them
 * may add the number later, and finds its messages only with itself.
 */
function ownersOf({ entryId }: Routed, signers: readonly WebhookAccount[]): Set<Uuid> {
  const same = signers.filter(({ businessAccountId }) => businessAccountId === entryId);
  return new Set((same.length > 0 ? same : signers).map(({ organizationId }) => organizationId));
}

const TAKEN = { result: 'taken' };

/** The account's own secret, or that of another number of its business: they may be changed one after the other. */
function speaksFor(signer: WebhookAccount, { account }: Routed): boolean {
  if (signer.accountId === account!.accountId) return true;
  return (
    signer.organizationId === account!.organizationId &&
    signer.businessAccountId === account!.businessAccountId
  );
}

function reasonFor(signature: string | undefined): 'missing' | 'malformed' | 'wrong' {
  if (signature === undefined) return 'missing';
  return isSignature(signature) ? 'wrong' : 'malformed';
}

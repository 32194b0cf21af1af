import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../platform/clock/clock.js';
import { systemContext, type TxContext } from '../../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../../platform/database/transactions.js';
import { Fault, type FieldFault } from '../../../../platform/errors/fault.js';
import { parseJson } from '../../../../platform/http/json-body.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import { Loops } from '../../../../platform/jobs/loops.js';
import { progressOf } from '../../domain/event-numbers.js';
import { isProven, type Proof } from '../../domain/hint-proof.js';
import {
  type Hint,
  hintFaults,
  type HintMessage,
  MOST_HINTS,
  readHintMessage,
  type SubscriptionNotice,
} from '../../domain/hint.js';
import { FOLLOWED } from '../../domain/rows.js';
import { HintsRepository } from '../../infrastructure/hints.repository.js';
import { SubscriptionsRepository } from '../../infrastructure/subscriptions.repository.js';
import { SyncRepository } from '../../infrastructure/sync.repository.js';
import { HINT_LOOP, SYNC_LOOP } from '../loop-names.js';
import { HintAlarms } from './hint-alarms.js';
import { HintKeyring, type HintKeys } from './hint-keyring.js';

/** An id-only hint is a hundred bytes; a notification of 500 events some hundred kilobytes. */
const MOST_BYTES = 1_000_000;

export interface PostedHint {
  connectionId: Uuid;
  body: Buffer;
  proof: Proof;
  /** From the path of an R4 rest-hook with a payload: `Appointment/1`. */
  target?: { type: string; id: string };
}

/** What became of a post. */
export interface ReceivedHint {
  /** Of a list those that were no hint: the others are kept all the same. */
  refused: FieldFault[];
}

/** Takes what an EHR or an interface engine says has changed. Stored, then answered; read afterwards. */
@Injectable()
export class ReceiveHint {
  constructor(
    private readonly transactions: Transactions,
    private readonly keyring: HintKeyring,
    private readonly hints: HintsRepository,
    private readonly subscriptions: SubscriptionsRepository,
    private readonly syncs: SyncRepository,
    private readonly alarms: HintAlarms,
    private readonly clock: Clock,
    private readonly loops: Loops,
  ) {}

  /** Throws `hint.not-proven` (401), `hint.unreadable` (422) where nothing can be read, `body.too-large`. */
  async run(posted: PostedHint): Promise<ReceivedHint> {
    const keys = await this.keyring.of(posted.connectionId);
    const now = await this.clock.now();
    if (!keys || !isProven(posted.proof, { ...keys, body: posted.body, now })) {
      await this.alarms.notProven(keys);
      throw notProven();
    }
    const message = this.messageOf(posted, keys);
    await this.transactions.run(systemContext(keys.organizationId, 'fhir.hint'), (tx) =>
      this.keep(tx, keys.connectionId, message),
    );
    return { refused: message.kind === 'hints' ? hintFaults(message.bad) : [] };
  }

  /** Throws `hint.unreadable`, `body.too-large`. */
  private messageOf({ body, target }: PostedHint, keys: HintKeys): HintMessage {
    if (target) return { kind: 'hints', hints: [target], bad: [] };
    if (body.length > MOST_BYTES) {
      throw new Fault({ code: 'body.too-large', kind: 'too-large', words: 'The body is larger than 1 MB.' });
    }
    const message = messageIn(body, keys.bases);
    if (message?.kind !== 'hints' || message.bad.length === 0) return message ?? this.unreadable(keys, []);
    if (message.hints.length === 0) return this.unreadable(keys, message.bad);
    this.alarms.unreadable(keys, message.bad.length);
    return message;
  }

  private unreadable(keys: HintKeys, bad: readonly string[]): never {
    this.alarms.unreadable(keys, bad.length || 1);
    throw new Fault({
      code: 'hint.unreadable',
      kind: 'unprocessable',
      words: `The body is no hint: send {"resourceType", "id"}, a list of up to ${MOST_HINTS} of them, or a notification of a Subscription.`,
      fields: hintFaults(bad),
    });
  }

  private async keep(ctx: TxContext, connectionId: Uuid, message: HintMessage): Promise<void> {
    if (message.kind === 'something') return this.syncSoon(ctx, connectionId, { full: false });
    if (message.kind === 'hints') return this.keepHints(ctx, connectionId, message.hints);
    await this.keepNotice(ctx, connectionId, message.notice);
  }

  private async keepHints(ctx: TxContext, connectionId: Uuid, hints: readonly Hint[]): Promise<void> {
    const followed = distinct(hints.filter(({ type }) => FOLLOWED.some((known) => known === type)));
    if (followed.length === 0) return;
    await this.hints.put(ctx, connectionId, followed);
    afterCommit(ctx, () => void this.loops.wake(HINT_LOOP));
  }

  /** Events that were never heard were about records that nobody named: everything is looked at. */
  private async keepNotice(ctx: TxContext, connectionId: Uuid, notice: SubscriptionNotice): Promise<void> {
    const subscription = await this.subscriptions.lock(ctx, connectionId);
    const before = subscription?.lastEvent ?? null;
    const progress = progressOf(before === null ? null : Number(before), notice);
    await this.subscriptions.heard(ctx, connectionId, progress);
    await this.keepHints(
      ctx,
      connectionId,
      notice.events.flatMap(({ focus }) => focus ?? []),
    );
    if (!progress.gap) return;
    this.alarms.gap(ctx.organizationId, connectionId);
    await this.syncSoon(ctx, connectionId, { full: true });
  }

  private async syncSoon(ctx: TxContext, connectionId: Uuid, { full }: { full: boolean }): Promise<void> {
    await this.syncs.hurry(ctx, connectionId, { full });
    afterCommit(ctx, () => void this.loops.wake(SYNC_LOOP));
  }
}

/** Null for what is no JSON, and for JSON that is no hint. */
function messageIn(body: Buffer, bases: HintKeys['bases']): HintMessage | null {
  if (body.length === 0) return readHintMessage(undefined, bases);
  try {
    return readHintMessage(parseJson(body), bases);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function distinct(hints: readonly Hint[]): Hint[] {
  return [...new Map(hints.map((hint) => [`${hint.type}/${hint.id}`, hint])).values()];
}

function notProven(): Fault {
  return new Fault({
    code: 'hint.not-proven',
    kind: 'unauthenticated',
    words: 'The hint is not signed with the secret of this EHR connection, or its time is too far from ours.',
  });
}

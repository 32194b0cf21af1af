import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import type { StatusUpdate } from '../domain/decode.js';
import { isSameProgress, note, stateOf, type Progress, type StatusFact } from '../domain/message.states.js';
import { MessageStatusChanged } from '../events.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { LedgerRepository, type MessageChange } from '../infrastructure/ledger.repository.js';
import type { MessageEntity } from '../infrastructure/message.entity.js';
import { StatusesRepository } from '../infrastructure/statuses.repository.js';
import { parkedKey } from './recover-sends.js';
import { placeOf, subjectOf, WAMID } from './sealing.js';

interface Known {
  messageId: Uuid;
  fact: StatusFact;
  /** Null when Meta left it out. */
  wamid: string | null;
}

interface Indexed {
  update: StatusUpdate;
  fact: StatusFact;
  wamidIndex: Buffer | null;
}

/** Applies statuses: by our attempt id first, else by wamid; what is too early is kept for later. */
@Injectable()
export class TakeStatuses {
  constructor(
    private readonly statuses: StatusesRepository,
    private readonly ledger: LedgerRepository,
    private readonly vault: VaultFacade,
    private readonly worklist: WorklistFacade,
    private readonly events: Events,
  ) {}

  async take(tx: TxContext, updates: readonly StatusUpdate[]): Promise<void> {
    if (updates.length === 0) return;
    const indexed = await this.index(tx, updates);
    const messageOf = await this.finder(tx, indexed);
    const known = indexed.flatMap(({ update, fact }) => {
      const messageId = messageOf(update);
      return messageId ? [{ messageId, fact, wamid: update.wamid }] : [];
    });
    const early = indexed.flatMap(({ update, fact, wamidIndex }) =>
      wamidIndex && !messageOf(update) ? [{ ...fact, wamidIndex }] : [],
    );
    await this.statuses.keepEarly(tx, early);
    await this.statuses.settleAttempts(tx, attemptsOf(indexed));
    await this.apply(tx, known);
  }

  private async index(tx: TxContext, updates: readonly StatusUpdate[]): Promise<Indexed[]> {
    const now = await nowIn(tx);
    const indexed: Indexed[] = [];
    for (const update of updates) {
      const { wamid, status, at, code } = update;
      const wamidIndex = wamid === null ? null : await this.vault.index(tx, WAMID, wamid);
      indexed.push({ update, fact: { status, at: at ?? now, code }, wamidIndex });
    }
    return indexed;
  }

  /** Finds a status's message: our attempt id is surer than Meta's, and there before it. */
  private async finder(
    tx: TxContext,
    indexed: readonly Indexed[],
  ): Promise<(update: StatusUpdate) => Uuid | undefined> {
    const byAttempt = await this.statuses.byAttempt(tx, attemptsOf(indexed));
    const byIndex = await this.statuses.byWamid(
      tx,
      indexed.flatMap(({ wamidIndex }) => wamidIndex ?? []),
    );
    const byWamid = new Map(
      indexed.map(({ update: { wamid }, wamidIndex }) => [
        wamid,
        byIndex.get(wamidIndex?.toString('hex') ?? ''),
      ]),
    );
    return ({ attemptId, wamid }) => byAttempt.get(attemptId ?? '') ?? byWamid.get(wamid);
  }

  /** Statuses that were early, whose message is known now. Returns how many. */
  async takeEarly(tx: TxContext): Promise<number> {
    const early = await this.statuses.takeKnown(tx);
    const known = early.map(({ messageId, status, at, code }) => ({
      messageId,
      fact: { status, at, code },
      wamid: null,
    }));
    await this.apply(tx, known);
    return early.length;
  }

  private async apply(tx: TxContext, known: readonly Known[]): Promise<void> {
    if (known.length === 0) return;
    const rows = await this.ledger.lock(tx, [...new Set(known.map(({ messageId }) => messageId))]);
    const changes: MessageChange[] = [];
    for (const row of rows) {
      const mine = known.filter(({ messageId }) => messageId === row.id);
      const change = await this.changeFor(tx, row, mine);
      if (change) changes.push(change);
      if (change && row.state === 'parked') await this.worklist.resolve(tx, parkedKey(row.id), 'status-came');
    }
    await this.ledger.save(tx, changes);
    await this.events.publish(
      tx,
      MessageStatusChanged,
      changes.map(({ id }) => id),
    );
  }

  /** Null when these statuses tell nothing new. */
  private async changeFor(
    tx: TxContext,
    row: MessageEntity,
    mine: readonly Known[],
  ): Promise<MessageChange | null> {
    const progress = mine.reduce<Progress>((known, { fact }) => note(known, fact), row);
    const state = stateOf(progress);
    const wamid = row.wamidIndex === null ? mine.find((one) => one.wamid !== null)?.wamid : undefined;
    if (isSameProgress(progress, row) && state === row.state && !wamid) return null;
    const change = { ...row, ...progress, state, reason: null, unknownAt: null };
    if (!wamid) return change;
    return {
      ...change,
      wamidIndex: await this.vault.index(tx, WAMID, wamid),
      wamidSealed: await this.vault.seal(
        tx,
        subjectOf(row),
        placeOf('message', 'wamid_sealed', row.id),
        wamid,
      ),
    };
  }
}

function attemptsOf(indexed: readonly Indexed[]): Uuid[] {
  return indexed.flatMap(({ update: { attemptId } }) => attemptId ?? []);
}

import { Injectable } from '@nestjs/common';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import type { StatusUpdate } from '../domain/decode.js';
import { isSameProgress, note, stateOf, type Progress, type StatusFact } from '../domain/message.states.js';
import { MessageStatusChanged } from '../events.js';
import { nowIn } from '../infrastructure/accounts.repository.js';
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
    const now = await nowIn(tx);
    const attemptIds = updates.flatMap(({ attemptId }) => attemptId ?? []);
    const byAttempt = await this.statuses.byAttempt(tx, attemptIds);
    const indexes = new Map<string, Buffer>();
    for (const { wamid } of updates) if (wamid !== null) indexes.set(wamid, await this.vault.index(tx, WAMID, wamid));
    const byWamid = await this.statuses.byWamid(tx, [...indexes.values()]);
    const known: Known[] = [];
    for (const { attemptId, wamid, status, at, code } of updates) {
      const fact = { status, at: at ?? now, code };
      const wamidIndex = wamid === null ? null : indexes.get(wamid)!;
      const messageId =
        byAttempt.get(attemptId ?? '') ?? (wamidIndex === null ? undefined : byWamid.get(wamidIndex.toString('hex')));
      if (messageId) known.push({ messageId, fact, wamid });
      else if (wamidIndex) await this.statuses.keepEarly(tx, [{ ...fact, wamidIndex }]);
    }
    await this.statuses.settleAttempts(tx, attemptIds);
    await this.apply(tx, known);
  }

  /** Statuses that were early, whose message is known now. Returns how many. */
  async takeEarly(tx: TxContext): Promise<number> {
    const early = await this.statuses.takeKnown(tx);
    const known = early.map(({ messageId, status, at, code }) => ({ messageId, fact: { status, at, code }, wamid: null }));
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
    await this.events.publish(tx, MessageStatusChanged, changes.map(({ id }) => id));
  }

  /** Null when these statuses tell nothing new. */
  private async changeFor(tx: TxContext, row: MessageEntity, mine: readonly Known[]): Promise<MessageChange | null> {
    const progress = mine.reduce<Progress>((known, { fact }) => note(known, fact), row);
    const state = stateOf(progress);
    const wamid = row.wamidIndex === null ? mine.find((one) => one.wamid !== null)?.wamid : undefined;
    if (isSameProgress(progress, row) && state === row.state && !wamid) return null;
    const change = { ...row, ...progress, state, reason: null, unknownAt: null };
    if (!wamid) return change;
    return {
      ...change,
      wamidIndex: await this.vault.index(tx, WAMID, wamid),
      wamidSealed: await this.vault.seal(tx, subjectOf(row), placeOf('message', 'wamid_sealed', row.id), wamid),
    };
  }
}

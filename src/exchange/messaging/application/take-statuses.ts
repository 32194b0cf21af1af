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
import {
  StatusesRepository,
  type EarlyStatus,
  type StatusRow,
} from '../infrastructure/statuses.repository.js';
import { parkedKey } from './recover-sends.js';
import { placeOf, subjectOf, WAMID } from './sealing.js';

interface Known {
  messageId: Uuid;
  fact: StatusFact;
  /** Null when Meta left it out. */
  wamid: string | null;
}

interface Found {
  messageId: Uuid | undefined;
  /** Of a wamid that had to be looked up. */
  wamidIndex: Buffer | undefined;
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
    const find = await this.finder(tx, updates);
    const known: Known[] = [];
    const early: EarlyStatus[] = [];
    for (const update of updates) {
      const { wamid, status, at, code } = update;
      const fact = { status, at: at ?? now, code };
      const { messageId, wamidIndex } = find(update);
      if (messageId) known.push({ messageId, fact, wamid });
      else if (wamidIndex) early.push({ ...fact, wamidIndex });
    }
    await this.statuses.keepEarly(tx, early);
    // Messages before attempts, as whoever records an answer does.
    await this.apply(tx, known);
    await this.statuses.settleAttempts(tx, attemptsOf(updates));
  }

  /**
   * Finds a status's message: our attempt id is surer than Meta's, and there before it. The wamid is looked up only
   * where the attempt id did not do.
   */
  private async finder(
    tx: TxContext,
    updates: readonly StatusUpdate[],
  ): Promise<(of: StatusUpdate) => Found> {
    const byAttempt = await this.statuses.byAttempt(tx, attemptsOf(updates));
    const others = updates.filter(({ attemptId }) => !byAttempt.has(attemptId ?? ''));
    const wamids = [...new Set(others.flatMap(({ wamid }) => wamid ?? []))];
    const indexes = await this.vault.indexMany(tx, WAMID, wamids);
    const indexOf = new Map(wamids.map((wamid, place) => [wamid, indexes[place]!]));
    const byIndex = await this.statuses.byWamid(tx, indexes);
    return ({ attemptId, wamid }) => {
      const wamidIndex = indexOf.get(wamid ?? '');
      const messageId = byAttempt.get(attemptId ?? '') ?? byIndex.get(wamidIndex?.toString('hex') ?? '');
      return { messageId, wamidIndex };
    };
  }

  /** Statuses that were early, whose message is known now. Returns how many. */
  async takeEarly(tx: TxContext): Promise<number> {
    const early = await this.statuses.takeKnown(tx, 'young');
    await this.apply(tx, early.map(knownOf));
    return early.length;
  }

  /** The same for those that have waited long: for housekeeping. */
  async takeOldEarly(tx: TxContext): Promise<void> {
    await this.apply(tx, (await this.statuses.takeKnown(tx, 'all')).map(knownOf));
  }

  private async apply(tx: TxContext, known: readonly Known[]): Promise<void> {
    if (known.length === 0) return;
    const byMessage = new Map<Uuid, Known[]>();
    for (const one of known) byMessage.set(one.messageId, [...(byMessage.get(one.messageId) ?? []), one]);
    const rows = await this.statuses.lock(tx, [...byMessage.keys()]);
    const learnt = await this.learn(tx, rows, byMessage);
    const changes = rows.flatMap((row) => changeOf(row, byMessage.get(row.id)!, learnt.get(row.id)) ?? []);
    await this.ledger.save(tx, changes);
    await this.settleWork(tx, rows, changes);
    await this.events.publish(
      tx,
      MessageStatusChanged,
      changes.map(({ id }) => id),
    );
    const indexes = [...learnt.values()].map(({ wamidIndex }) => wamidIndex);
    // What came under a wamid that was nobody's until now.
    if (indexes.length > 0) await this.apply(tx, (await this.statuses.takeOf(tx, indexes)).map(knownOf));
  }

  /** Wamids of messages whose own answer never came. */
  private async learn(
    tx: TxContext,
    rows: readonly StatusRow[],
    byMessage: ReadonlyMap<Uuid, readonly Known[]>,
  ): Promise<Map<Uuid, Learnt>> {
    const unnamed = rows.flatMap((row) => {
      const wamid = row.wamidIndex ? null : byMessage.get(row.id)!.find((one) => one.wamid !== null)?.wamid;
      return wamid ? [{ row, wamid }] : [];
    });
    if (unnamed.length === 0) return new Map();
    const keys = await this.vault.keysFor(
      tx,
      unnamed.map(({ row }) => subjectOf(row)),
    );
    const indexes = await this.vault.indexMany(
      tx,
      WAMID,
      unnamed.map(({ wamid }) => wamid),
    );
    return new Map(
      unnamed.map(({ row, wamid }, place) => {
        const wamidSealed = keys.seal(subjectOf(row), placeOf('message', 'wamid_sealed', row.id), wamid);
        return [row.id, { wamidIndex: indexes[place]!, wamidSealed }];
      }),
    );
  }

  private async settleWork(
    tx: TxContext,
    rows: readonly StatusRow[],
    changes: readonly MessageChange[],
  ): Promise<void> {
    const changed = new Set(changes.map(({ id }) => id));
    for (const { id, state } of rows) {
      if (state === 'parked' && changed.has(id))
        await this.worklist.resolve(tx, parkedKey(id), 'status-came');
    }
  }
}

interface Learnt {
  wamidIndex: Buffer;
  wamidSealed: Buffer;
}

/** Null when these statuses tell nothing new. */
function changeOf(row: StatusRow, mine: readonly Known[], learnt: Learnt | undefined): MessageChange | null {
  const progress = mine.reduce<Progress>((known, { fact }) => note(known, fact), row);
  const state = stateOf(progress);
  if (isSameProgress(progress, row) && state === row.state && !learnt) return null;
  return { ...row, ...progress, ...learnt, state, reason: null, unknownAt: null };
}

function knownOf({ messageId, status, at, code }: EarlyStatus & { messageId: Uuid }): Known {
  return { messageId, fact: { status, at, code }, wamid: null };
}

function attemptsOf(updates: readonly StatusUpdate[]): Uuid[] {
  return updates.flatMap(({ attemptId }) => attemptId ?? []);
}

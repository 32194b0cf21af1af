import type { Uuid } from '../../../platform/ids/ids.js';
import { isWhole, type StoredEvent } from './event-body.js';
import { CompactRange } from './merkle.js';

export type AuditFaultKind =
  /** The event's body or columns are not what was sealed. */
  | 'event-changed'
  /** A sealed event is gone. */
  | 'event-missing'
  /** An event that was never handed to the sealer, or was taken from it. */
  | 'event-unlisted'
  /** A position of the tree is empty. */
  | 'leaf-missing'
  /** Leaves stand in an order that the sealer does not make. */
  | 'leaf-out-of-order'
  /** Leaves after the last checkpoint, which the sealer never leaves behind. */
  | 'leaf-unsigned'
  /** A checkpoint whose signature does not hold. */
  | 'checkpoint-forged'
  /** A checkpoint that was published is gone from the table. */
  | 'checkpoint-missing'
  /** The leaves do not give a root that was signed. The position is where the last root that holds ends, or better. */
  | 'root-mismatch'
  /** The log ends before a checkpoint that was published. */
  | 'tail-cut';

/** `position`: the index of the first leaf (from 0) that is affected; none for what has no place in the tree. */
export interface AuditFault {
  kind: AuditFaultKind;
  position?: number;
}

export interface AuditVerification {
  ok: boolean;
  /** Sealed events that were looked at. */
  events: number;
  /** Signed checkpoints that were held against the tree. */
  checkpoints: number;
  /** Events that wait for the sealer: seconds old, and no fault. */
  unsealed: number;
  /** In the order of their positions, at most FAULTS_TOLD. */
  faults: AuditFault[];
}

/** After so many faults the log is broken, and more would tell nothing. */
export const FAULTS_TOLD = 100;

/** A leaf with the event that it points to, if that is still there. */
export interface LeafRow {
  index: number;
  leaf: Buffer;
  recordedAt: Date;
  eventId: Uuid;
  event: StoredEvent | null;
}

/** Where a seal ended. `root` is null when its signature does not hold: then it says nothing of the tree. */
export interface SealEnd {
  size: number;
  root: Buffer | null;
}

/** Rebuilds a tree leaf by leaf, and holds it against the checkpoints on the way. */
export class TreeCheck {
  readonly faults: AuditFault[] = [];
  private readonly tree = CompactRange.empty();
  private ends: SealEnd[] = [];
  private next = 0;
  private previous: LeafRow | null = null;
  /** The size up to which checkpoints have confirmed the tree. */
  private confirmed = 0;
  private broken = false;

  /** How many leaves there are up to here, counting those that are missing. */
  get size(): number {
    return this.next;
  }

  /** The checkpoints that the next leaves will meet, smallest first. */
  expect(ends: readonly SealEnd[]): void {
    this.ends.push(...ends);
  }

  /** The next leaf, in the order of the indexes. */
  take(row: LeafRow): void {
    if (row.index !== this.next) this.tell({ kind: 'leaf-missing', position: this.next });
    // Behind a gap the tree cannot be rebuilt; the events can still be looked at.
    this.broken ||= row.index !== this.next;
    // One seal's leaves stand by time and id: two that changed places show it.
    if (this.previous && !follows(row, this.previous))
      this.tell({ kind: 'leaf-out-of-order', position: row.index - 1 });
    if (!row.event) this.tell({ kind: 'event-missing', position: row.index });
    else if (!isWhole(row.event, row.leaf)) this.tell({ kind: 'event-changed', position: row.index });
    this.tree.add(row.leaf);
    this.previous = row;
    this.next = row.index + 1;
    this.meetSealEnds();
  }

  private meetSealEnds(): void {
    for (let end = this.ends[0]; end && end.size <= this.next; end = this.ends[0]) {
      this.ends.shift();
      this.previous = null;
      if (end.root && !this.broken) this.compare(end.size, end.root);
    }
  }

  private compare(size: number, root: Buffer): void {
    if (this.tree.root().equals(root)) {
      this.confirmed = size;
      return;
    }
    const known = this.faults.find(({ position }) => position !== undefined && position >= this.confirmed);
    this.tell({ kind: 'root-mismatch', position: known?.position ?? this.confirmed });
    this.broken = true;
  }

  private tell(fault: AuditFault): void {
    if (this.faults.length < FAULTS_TOLD) this.faults.push(fault);
  }
}

function follows(row: LeafRow, before: LeafRow): boolean {
  const [time, previous] = [row.recordedAt.getTime(), before.recordedAt.getTime()];
  return time > previous || (time === previous && row.eventId > before.eventId);
}

/** Faults without a place come last. */
export function inOrder(faults: readonly AuditFault[]): AuditFault[] {
  const placeOf = (fault: AuditFault) => fault.position ?? Number.MAX_SAFE_INTEGER;
  return [...faults].sort((a, b) => placeOf(a) - placeOf(b)).slice(0, FAULTS_TOLD);
}

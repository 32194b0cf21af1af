import type { TxContext } from '../../../platform/context/context.js';
import type { FenceKey } from '../../../platform/database/fence.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** A patient of the EHR, or a WhatsApp address of which nobody knows who writes. */
export interface ErasureSubject {
  kind: 'patient' | 'contact';
  id: Uuid;
}

/** What a holder has destroyed. */
export interface Erased {
  /** Counts by code. */
  counts: Record<string, number>;
  /** Contacts on whom nobody is left: their keys fall with the subject's. */
  contacts?: Uuid[];
}

/** A module that keeps something about people. */
export interface Holder {
  name: string;
  /** Other subjects that are the same person, such as a patient's merged records. */
  alsoMeant?(ctx: TxContext, subject: ErasureSubject): Promise<ErasureSubject[]>;
  /**
   * What no send may pass while the subjects are stopped. All holders are asked before anybody stops, and the fence is
   * closed once: rows that are locked before it (those of visits) are locked here, no others.
   */
  fences?(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<FenceKey[]>;
  /**
   * In the transaction of the request, behind the closed fence: from its commit on nothing is said to these subjects or planned for them. What
   * it throws refuses the request.
   */
  stop(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<void>;
  /**
   * Destroys what the end of the subjects' keys leaves readable: what lies in the clear or under another's key. In a
   * transaction of its own with its answer, so that it happens once; a second time must find nothing and do no harm.
   */
  erase(ctx: TxContext, subjects: readonly ErasureSubject[]): Promise<Erased>;
}

export function idsOf(subjects: readonly ErasureSubject[], kind: ErasureSubject['kind']): Uuid[] {
  return subjects.filter((subject) => subject.kind === kind).map(({ id }) => id);
}

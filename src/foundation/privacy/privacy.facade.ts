import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import { notFound } from '../../platform/errors/fault.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Holders } from './application/holders.js';
import { RequestErasure, type ErasureRequest } from './application/request-erasure.js';
import type { ErasureStatus } from './domain/erasure.states.js';
import type { Holder } from './domain/holder.js';
import { ErasuresRepository } from './infrastructure/erasures.repository.js';

/** The wish to be forgotten. It alone has keys destroyed. */
@Injectable()
export class PrivacyFacade {
  constructor(
    private readonly transactions: Transactions,
    private readonly holders: Holders,
    private readonly requests: RequestErasure,
    private readonly erasures: ErasuresRepository,
  ) {}

  /** While the modules start: who keeps something about people. They are asked in this order. */
  registerHolder(holder: Holder): void {
    this.holders.add(holder);
  }

  /**
   * Erases a patient with all its merged records, or an address of which nobody knows who writes. Once the caller's
   * transaction commits, nothing is said to them any more; the rest follows by itself, and survives a crash. Asked for
   * again, it is the same erasure; a blocked one is tried again. Returns its id. Throws `privacy.contact-shared`.
   */
  requestErasure(ctx: Context, request: ErasureRequest): Promise<Uuid> {
    return this.requests.run(ctx, request);
  }

  /** How far it is: ids, codes and counts. Throws not-found. */
  erasureOf(ctx: Context, id: Uuid): Promise<ErasureStatus> {
    return this.transactions.run(ctx, async (tx) => {
      const row = await this.erasures.get(tx, id);
      if (!row) throw notFound('erasure');
      const { subjectKind, subjectId, reason, requestedBy, state, answers, blockedReason } = row;
      const { requestedAt, completedAt } = row;
      const subject = { kind: subjectKind, id: subjectId };
      return { id, subject, reason, requestedBy, state, answers, blockedReason, requestedAt, completedAt };
    });
  }
}

import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { closeFence, type FenceKey } from '../../../platform/database/fence.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import { Loops } from '../../../platform/jobs/loops.js';
import { AuditFacade } from '../../audit/index.js';
import type { ErasureSubject } from '../domain/holder.js';
import { ErasuresRepository } from '../infrastructure/erasures.repository.js';
import { ERASE_LOOP } from './erase.js';
import { Holders } from './holders.js';

export type ErasureRequest = ({ patient: Uuid } | { contact: Uuid }) & {
  /** A code: `patient-request`. */
  reason: string;
  /** The opaque id of who asked for it. */
  requestedBy: string;
};

/** Keeps the wish, and stops at once whatever is planned for the person. */
@Injectable()
export class RequestErasure {
  constructor(
    private readonly transactions: Transactions,
    private readonly erasures: ErasuresRepository,
    private readonly holders: Holders,
    private readonly audit: AuditFacade,
    private readonly loops: Loops,
  ) {}

  run(ctx: Context, request: ErasureRequest): Promise<Uuid> {
    const subject = subjectOf(request);
    return this.transactions.run(ctx, async (tx) => {
      const id = newId();
      const subjects = await this.allMeant(tx, subject);
      const { reason, requestedBy } = request;
      const row = { id, subjectKind: subject.kind, subjectId: subject.id, subjects, reason, requestedBy };
      afterCommit(tx, () => void this.loops.wake(ERASE_LOOP));
      if (!(await this.erasures.add(tx, row))) return this.again(tx, subject);
      await this.closeFences(tx, subjects);
      for (const holder of this.holders.all) await holder.stop(tx, subjects);
      await this.record(tx, id, { subject, reason });
      return id;
    });
  }

  /** First of all: from here to the commit no send to any of them begins. */
  private async closeFences(tx: TxContext, subjects: readonly ErasureSubject[]): Promise<void> {
    const keys: FenceKey[] = [];
    for (const holder of this.holders.all) keys.push(...((await holder.fences?.(tx, subjects)) ?? []));
    await closeFence(tx, keys);
  }

  private async again(tx: TxContext, subject: ErasureSubject): Promise<Uuid> {
    const open = (await this.erasures.newestOf(tx, subject))!;
    if (await this.erasures.unblock(tx, open.id))
      await this.record(tx, open.id, { subject, reason: open.reason });
    return open.id;
  }

  private async allMeant(tx: TxContext, subject: ErasureSubject): Promise<ErasureSubject[]> {
    const meant = new Map([[`${subject.kind}/${subject.id}`, subject]]);
    for (const holder of this.holders.all) {
      for (const other of (await holder.alsoMeant?.(tx, subject)) ?? [])
        meant.set(`${other.kind}/${other.id}`, other);
    }
    return [...meant.values()];
  }

  private async record(
    tx: TxContext,
    id: Uuid,
    { subject, reason }: { subject: ErasureSubject; reason: string },
  ): Promise<void> {
    await this.audit.record(tx, {
      type: 'privacy.erasure-requested',
      action: 'E',
      entity: { kind: 'erasure', id },
      ...(subject.kind === 'patient' && { patientId: subject.id }),
      detail: { reason },
    });
  }
}

function subjectOf(request: ErasureRequest): ErasureSubject {
  return 'patient' in request
    ? { kind: 'patient', id: request.patient }
    : { kind: 'contact', id: request.contact };
}

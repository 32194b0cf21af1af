import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { Events } from '../../../platform/jobs/events.js';
import { Log } from '../../../platform/logging/log.js';
import { AuditFacade } from '../../audit/index.js';
import { VaultFacade, type KeySubject } from '../../vault/index.js';
import { WorklistFacade } from '../../worklist/index.js';
import { MOST_ATTEMPTS, pauseAfter } from '../domain/erasure.states.js';
import { ErasureCompleted } from '../events.js';
import type { ErasureEntity } from '../infrastructure/erasure.entity.js';
import { ErasuresRepository } from '../infrastructure/erasures.repository.js';
import { Holders } from './holders.js';

export const ERASE_LOOP = 'privacy.erase';

/**
 * One step of one erasure at a time, each in a transaction of its own with what is noted of it: a holder's part, and in
 * the end the keys. A process that dies leaves the steps that committed, and another goes on behind them.
 */
@Injectable()
export class Erase {
  constructor(
    private readonly transactions: Transactions,
    private readonly erasures: ErasuresRepository,
    private readonly holders: Holders,
    private readonly vault: VaultFacade,
    private readonly worklist: WorklistFacade,
    private readonly audit: AuditFacade,
    private readonly events: Events,
    private readonly log: Log,
  ) {}

  /** How many steps were taken. */
  async claim(ctx: Context): Promise<number> {
    let erasure: ErasureEntity | null = null;
    try {
      await this.transactions.run(ctx, async (tx) => {
        erasure = await this.erasures.claim(tx);
        if (erasure) await this.step(tx, erasure);
      });
    } catch (error) {
      if (!erasure) throw error;
      await this.failed(ctx, erasure, error);
    }
    return erasure ? 1 : 0;
  }

  private async step(tx: TxContext, erasure: ErasureEntity): Promise<void> {
    const answered = new Set(erasure.answers.map(({ holder }) => holder));
    const next = this.holders.all.find(({ name }) => !answered.has(name));
    if (!next) return this.complete(tx, erasure);
    const erased = await next.erase(tx, erasure.subjects);
    await this.erasures.answer(tx, erasure.id, { holder: next.name, ...erased });
  }

  private async complete(tx: TxContext, { id, subjects, answers }: ErasureEntity): Promise<void> {
    const patients = subjects.filter(({ kind }) => kind === 'patient');
    const contacts = new Set(answers.flatMap((answer) => answer.contacts ?? []));
    const keys: KeySubject[] = [
      ...patients,
      ...[...contacts].map((one) => ({ kind: 'contact' as const, id: one })),
    ];
    for (const key of keys) await this.vault.shred(tx, key);
    await this.erasures.complete(tx, id);
    await this.worklist.resolve(tx, blockedKey(id), 'erased');
    await this.audit.record(tx, {
      type: 'privacy.erased',
      action: 'D',
      entity: { kind: 'erasure', id },
      ...(patients[0] && { patientId: patients[0].id }),
      detail: { holders: answers.length, keys: keys.length },
    });
    await this.events.publish(tx, ErasureCompleted, [id]);
  }

  /** The step was rolled back as a whole. It is tried again; what does not pass is for a person. */
  private async failed(ctx: Context, { id, failures }: ErasureEntity, error: unknown): Promise<void> {
    this.log.warn('privacy.erasure-failed', { organization_id: ctx.organizationId, id }, error);
    const passes = !(error instanceof Fault) || error.retryable;
    if (passes && failures + 1 < MOST_ATTEMPTS) {
      return this.transactions.run(ctx, (tx) => this.erasures.postpone(tx, id, pauseAfter(failures + 1)));
    }
    await this.transactions.run(ctx, async (tx) => {
      await this.erasures.block(tx, id, error instanceof Fault ? error.code : 'unexpected');
      await this.worklist.raise(tx, {
        kind: 'erasure-blocked',
        reason: error instanceof Fault ? error.code : 'unexpected',
        key: blockedKey(id),
        subject: { kind: 'erasure', id },
      });
    });
  }
}

function blockedKey(id: string): string {
  return `erasure-blocked:${id}`;
}

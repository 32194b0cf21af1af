import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { Consent } from '../domain/consent.js';
import { ConsentRepository, type ConsentFilter } from '../infrastructure/consent.repository.js';
import { ConsentHistory, type ConsentVersion } from './history.js';

@Injectable()
export class ReadConsents {
  constructor(
    private readonly transactions: Transactions,
    private readonly consents: ConsentRepository,
    private readonly history: ConsentHistory,
    private readonly audit: AuditFacade,
  ) {}

  list(ctx: Context, filter: ConsentFilter): Promise<Consent[]> {
    return this.transactions.run(ctx, (tx) => this.consents.list(tx, filter));
  }

  async get(ctx: Context, id: Uuid): Promise<Consent> {
    const consent = await this.transactions.run(ctx, (tx) => this.consents.get(tx, id));
    if (!consent) throw notFound('consent');
    return consent;
  }

  /** With its evidence: the audit event commits before it is shown. */
  async open(ctx: Context, id: Uuid): Promise<{ consent: Consent; history: ConsentVersion[] }> {
    const consent = await this.get(ctx, id);
    return this.transactions.run(ctx, async (tx) => {
      const history = await this.history.of(tx, consent);
      await this.audit.record(tx, {
        type: 'consent.read',
        action: 'R',
        entity: { kind: 'consent', id },
        patientId: consent.patientId,
      });
      return { consent, history };
    });
  }
}

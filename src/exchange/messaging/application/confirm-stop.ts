import { Injectable } from '@nestjs/common';
import { ConsentFacade } from '../../consent/index.js';
import { PatientsFacade } from '../../patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { SendRequest } from '../domain/content.js';
import { stopConfirmation } from '../domain/stop-confirmation.js';
import { WINDOW_MS } from '../domain/window.policy.js';
import { ReceivedRepository, type ReceivedRow } from '../infrastructure/received.repository.js';
import { HandIn } from './hand-in.js';
import { MessagingMetrics } from './metrics.js';

/** Acts on opt-out words: the consents of the address end, and exactly one message says so per withdrawal. */
@Injectable()
export class ConfirmStop {
  constructor(
    private readonly transactions: Transactions,
    private readonly received: ReceivedRepository,
    private readonly consent: ConsentFacade,
    private readonly patients: PatientsFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly handIn: HandIn,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** Handles StopReceived. A job may run twice: the second time nothing is left to withdraw. */
  async run(ctx: Context, ids: Uuid[]): Promise<void> {
    const rows = await this.transactions.run(ctx, (tx) => this.received.find(tx, ids));
    for (const row of rows.filter(({ stop }) => stop)) await this.one(ctx, row);
  }

  /** Withdrawal and confirmation commit together: neither is ever without the other. */
  private one(ctx: Context, row: ReceivedRow): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const { withdrawalId } = await this.consent.withdraw(tx, {
        addressId: row.addressId,
        method: 'whatsapp',
        evidence: { receivedId: row.id },
      });
      if (withdrawalId === null) return;
      const confirmation = await this.confirmation(tx, row, withdrawalId);
      // The opt-out counts even where its number may speak no more.
      if (!(await this.handIn.canSend(tx, confirmation))) return;
      await this.handIn.send(tx, confirmation, 'stop-confirmation');
      this.metrics.stopConfirmations.inc();
    });
  }

  private async confirmation(tx: TxContext, row: ReceivedRow, withdrawalId: Uuid): Promise<SendRequest> {
    const patients = await this.patients.byAddress(tx, row.addressId);
    const { languages } = await this.organizations.current(tx);
    const text = stopConfirmation([...patients.map(({ language }) => language), ...languages]);
    return {
      origin: 'notice',
      originKey: `stop:${withdrawalId}`,
      addressId: row.addressId,
      patientId: null,
      purpose: 'care-conversation',
      accountId: row.accountId,
      content: { kind: 'text', text },
      usefulUntil: new Date(row.at.getTime() + WINDOW_MS),
    };
  }
}

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
import { Windows } from './windows.js';

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
    private readonly windows: Windows,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** Handles StopReceived. A job may run twice: the second time nothing is left to withdraw. */
  async run(ctx: Context, ids: Uuid[]): Promise<void> {
    const rows = await this.transactions.run(ctx, (tx) => this.received.find(tx, ids));
    for (const row of rows.filter(({ stop }) => stop)) await this.one(ctx, row);
  }

  /**
   * Handles ConsentWithdrawn: staff ended the last consent of an address. One that a STOP ended has its confirmation
   * already, by the same key. Outside the customer service window nothing may be said, and nothing is.
   */
  async afterWithdrawal(ctx: Context, consentIds: Uuid[]): Promise<void> {
    await this.transactions.run(ctx, async (tx) => {
      for (const { withdrawalId, addressId, activeLeft } of await this.consent.endingsOf(tx, consentIds)) {
        const { closesAt, open } = await this.windows.of(tx, addressId);
        if (activeLeft > 0 || !open || !closesAt) continue;
        await this.confirm(tx, withdrawalId, { addressId, usefulUntil: closesAt });
      }
    });
  }

  /** Withdrawal and confirmation commit together: neither is ever without the other. */
  private one(ctx: Context, row: ReceivedRow): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const { addressId, accountId } = row;
      const evidence = { receivedId: row.id };
      const { withdrawalId } = await this.consent.withdraw(tx, { addressId, method: 'whatsapp', evidence });
      if (withdrawalId === null) return;
      const usefulUntil = new Date(row.at.getTime() + WINDOW_MS);
      await this.confirm(tx, withdrawalId, { addressId, accountId, usefulUntil });
    });
  }

  private async confirm(
    tx: TxContext,
    withdrawalId: Uuid,
    to: Pick<SendRequest, 'addressId' | 'accountId' | 'usefulUntil'>,
  ): Promise<void> {
    const patients = await this.patients.byAddress(tx, to.addressId);
    const { languages } = await this.organizations.current(tx);
    const text = stopConfirmation([...patients.map(({ language }) => language), ...languages]);
    const confirmation: SendRequest = {
      ...to,
      origin: 'notice',
      originKey: `stop:${withdrawalId}`,
      patientId: null,
      purpose: 'care-conversation',
      content: { kind: 'text', text },
    };
    // The opt-out counts even where its number may speak no more.
    if (!(await this.handIn.canSend(tx, confirmation))) return;
    await this.handIn.send(tx, confirmation, 'stop-confirmation');
    this.metrics.stopConfirmations.inc();
  }
}

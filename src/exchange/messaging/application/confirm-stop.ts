import { Injectable } from '@nestjs/common';
import { ConsentFacade } from '../../consent/index.js';
import { PatientsFacade } from '../../patients/index.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { afterCommit, Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import type { SendRequest } from '../domain/content.js';
import { stopConfirmation } from '../domain/stop-confirmation.js';
import { WINDOW_MS } from '../domain/window.policy.js';
import { LedgerRepository } from '../infrastructure/ledger.repository.js';
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
    private readonly ledger: LedgerRepository,
    private readonly log: Log,
  ) {}

  /** Handles StopReceived. A job may run twice: what it withdrew and said before stays as it is. */
  async run(ctx: Context, ids: Uuid[]): Promise<void> {
    const rows = await this.transactions.run(ctx, (tx) => this.received.find(tx, ids));
    await this.each(
      ctx,
      rows.filter(({ stop }) => stop),
      (row) => this.one(ctx, row),
    );
  }

  /**
   * Handles ConsentWithdrawn: staff ended the last consent of an address. One that a STOP ended has its confirmation
   * already, by the same key. Outside the customer service window nothing may be said, and nothing is.
   */
  async afterWithdrawal(ctx: Context, consentIds: Uuid[]): Promise<void> {
    const endings = await this.consent.endingsOf(ctx, consentIds);
    await this.each(
      ctx,
      endings.filter(({ activeLeft }) => activeLeft === 0),
      async ({ withdrawalId, addressId }) => {
        const { closesAt, open } = await this.windows.of(ctx, addressId);
        if (open && closesAt) await this.confirm(ctx, withdrawalId, { addressId, usefulUntil: closesAt });
      },
    );
  }

  /** All are tried before the job fails: no opt-out waits for another's fault. */
  private async each<T>(ctx: Context, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    for (const item of items) {
      await work(item).catch((error: unknown) => {
        failures.push(error);
        this.log.warn('stop.failed', { organization_id: ctx.organizationId }, error);
      });
    }
    if (failures.length > 0) throw failures[0];
  }

  /** The withdrawal commits by itself: a confirmation that fails leaves it in force and is sent by the next try. */
  private async one(ctx: Context, row: ReceivedRow): Promise<void> {
    const { id, addressId, accountId } = row;
    const evidence = { receivedId: id };
    const { withdrawalId } = await this.consent.withdraw(ctx, {
      addressId,
      saidIn: id,
      method: 'whatsapp',
      evidence,
    });
    if (withdrawalId === null) return;
    const usefulUntil = new Date(row.at.getTime() + WINDOW_MS);
    await this.confirm(ctx, withdrawalId, { addressId, accountId, usefulUntil });
  }

  private confirm(
    ctx: Context,
    withdrawalId: Uuid,
    to: Pick<SendRequest, 'addressId' | 'accountId' | 'usefulUntil'>,
  ): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const confirmation = await this.confirmationOf(tx, withdrawalId, to);
      const { origin, originKey } = confirmation;
      if (await this.ledger.byOrigin(tx, origin, originKey)) return;
      // The opt-out counts even where its number may speak no more.
      if (!(await this.handIn.canSend(tx, confirmation))) return;
      await this.handIn.send(tx, confirmation, 'stop-confirmation');
      afterCommit(tx, () => this.metrics.stopConfirmations.inc());
    });
  }

  private async confirmationOf(
    tx: TxContext,
    withdrawalId: Uuid,
    to: Pick<SendRequest, 'addressId' | 'accountId' | 'usefulUntil'>,
  ): Promise<SendRequest> {
    const patients = await this.patients.byAddress(tx, to.addressId);
    const { languages } = await this.organizations.current(tx);
    const text = stopConfirmation([...patients.map(({ language }) => language), ...languages]);
    return {
      ...to,
      origin: 'notice',
      originKey: `stop:${withdrawalId}`,
      patientId: null,
      purpose: 'care-conversation',
      content: { kind: 'text', text },
    };
  }
}

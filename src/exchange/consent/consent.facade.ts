import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Decide } from './application/decide.js';
import { EhrDenies } from './application/ehr-denies.js';
import { Grant, type NewConsent } from './application/grant.js';
import { Withdraw, type Withdrawal, type WithdrawalResult } from './application/withdraw.js';
import type { Consent } from './domain/consent.js';
import type { Decision, DecisionRequest } from './domain/decision.policy.js';
import { type Ending, WithdrawalRepository } from './infrastructure/withdrawal.repository.js';

/** Who may be written to, for what, and what shows it. */
@Injectable()
export class ConsentFacade {
  constructor(
    private readonly decider: Decide,
    private readonly granter: Grant,
    private readonly withdrawer: Withdraw,
    private readonly transactions: Transactions,
    private readonly withdrawals: WithdrawalRepository,
    private readonly ehrDenies: EhrDenies,
  ) {}

  /**
   * Whether a message may go out now. Ask at the moment of sending, with the fence held (reference: consent is checked
   * in code at the moment of sending), and keep the answer with the message. Without a patient every patient on the
   * address must agree.
   */
  async mayMessage(ctx: Context, request: DecisionRequest): Promise<Decision> {
    const [decision] = await this.decider.run(ctx, [request]);
    return decision!;
  }

  /** mayMessage for a batch: one answer per request, in the same order. */
  decide(ctx: Context, requests: readonly DecisionRequest[]): Promise<Decision[]> {
    return this.decider.run(ctx, requests);
  }

  /**
   * Records that a patient agreed: one consent per purpose and present address, each with a new version. Closes the
   * fence of these addresses. Throws Faults of kind unprocessable: consent.no-purpose, unknown-purpose, unknown-wording,
   * unknown-connection, unknown-patient, patient-merged, patient-deceased, patient-inactive, no-address, in-future,
   * before-withdrawal.
   */
  grant(ctx: Context, consent: NewConsent): Promise<Consent[]> {
    return this.granter.run(ctx, consent);
  }

  /**
   * Ends one consent (for every record of a merged person that has the same purpose), or every purpose of every patient on an address. Closes the fence of the address first: once the
   * caller's transaction has committed, no send to it begins. Ending what has ended changes nothing. Throws not-found.
   */
  withdraw(ctx: Context, withdrawal: Withdrawal): Promise<WithdrawalResult> {
    return this.withdrawer.run(ctx, withdrawal);
  }

  /**
   * Asks the EHR, at most once a day, whether it says anything against messages to this patient: before the first one
   * of a day. Throws `fhir.unavailable` and the like.
   */
  freshen(ctx: Context, patientId: Uuid): Promise<void> {
    return this.ehrDenies.freshen(ctx, patientId);
  }

  /** The withdrawals that ended these consents, each with how many consents of its address are still active. */
  endingsOf(ctx: Context, consentIds: readonly Uuid[]): Promise<Ending[]> {
    return this.transactions.run(ctx, (tx) => this.withdrawals.endingsOf(tx, consentIds));
  }
}

import { Injectable } from '@nestjs/common';
import { ConsentFacade } from '../../../exchange/consent/index.js';
import {
  PatientsFacade,
  type Address,
  type ContactAddress,
  type Patient,
} from '../../../exchange/patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';

/** Why nobody is written to: for ever, or until people have acted. */
export type NoRecipient = { result: 'skip' | 'wait'; reason: string };

/** Where a reminder goes: to the patient, or for a minor to a guardian who has agreed. */
@Injectable()
export class Recipients {
  constructor(
    private readonly patients: PatientsFacade,
    private readonly consent: ConsentFacade,
  ) {}

  async of(ctx: TxContext, patient: Patient): Promise<Address | NoRecipient> {
    const addresses = await this.patients.addressesOf(ctx, patient.id);
    if (patient.byProxy) return this.guardian(ctx, patient.id, addresses);
    if (addresses.length === 0) return { result: 'skip', reason: 'no-address' };
    return addresses.find(({ confirmed }) => confirmed) ?? this.askWhose(ctx, patient.id);
  }

  private async guardian(
    ctx: TxContext,
    patientId: Uuid,
    addresses: readonly ContactAddress[],
  ): Promise<Address | NoRecipient> {
    if (addresses.length === 0) {
      const reason = (await this.patients.missGuardian(ctx, patientId)) ?? 'no-guardian';
      return { result: 'wait', reason };
    }
    const purpose = 'appointment-reminders' as const;
    const requests = addresses.map(({ id: addressId }) => ({ patientId, addressId, purpose }));
    const decisions = await this.consent.decide(ctx, requests);
    const agreed = addresses.find((_, place) => decisions[place]!.allowed);
    return agreed ?? { result: 'skip', reason: 'guardian-no-consent' };
  }

  /** What the reminder says would tell one patient's visit to whoever else has the number. */
  private async askWhose(ctx: TxContext, patientId: Uuid): Promise<NoRecipient> {
    await this.patients.askWhose(ctx, patientId);
    return { result: 'wait', reason: 'number-shared' };
  }
}

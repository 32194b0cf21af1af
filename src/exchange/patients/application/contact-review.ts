import { Injectable } from '@nestjs/common';
import { WorklistFacade } from '../../../foundation/worklist/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { type PatientRow, PatientsRepository } from '../infrastructure/patients.repository.js';
import { VisitsAhead } from './visits-ahead.js';

const KIND = 'patient-number';

type Reviewed = Pick<PatientRow, 'id' | 'contactReview' | 'active' | 'deceased'>;

/** The list of numbers that staff should look at: one work item for a patient with a visit to come. */
@Injectable()
export class ContactReview {
  constructor(
    private readonly patients: PatientsRepository,
    private readonly worklist: WorklistFacade,
    private readonly visits: VisitsAhead,
  ) {}

  /** These patients have a visit to come. */
  async expect(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    for (const [id, reason] of await this.patients.reviewsOf(ctx, patientIds)) {
      await this.raise(ctx, id, reason);
    }
  }

  /** What the EHR now says of these patients. `before`: what was doubtful until now. An item resolves itself once it is mended. */
  async follow(ctx: TxContext, rows: readonly Reviewed[], before: ReadonlyMap<Uuid, string>): Promise<void> {
    const changed = rows.filter((row) => before.has(row.id) && before.get(row.id) !== doubtOf(row));
    for (const row of changed) {
      await this.worklist.resolve(
        ctx,
        keyOf(row.id),
        doubtOf(row) === null ? 'mended-in-ehr' : 'changed-in-ehr',
      );
    }
    const doubtful = rows.filter((row) => doubtOf(row) !== null && doubtOf(row) !== before.get(row.id));
    const ahead = await this.visits.among(
      ctx,
      doubtful.map(({ id }) => id),
    );
    for (const row of doubtful) if (ahead.has(row.id)) await this.raise(ctx, row.id, doubtOf(row)!);
  }

  /** A reminder waits because others have the patient's number too. */
  async askWhose(ctx: TxContext, patientId: Uuid): Promise<void> {
    await this.worklist.raise(ctx, {
      kind: KIND,
      reason: 'number-shared',
      key: sharedKeyOf(patientId),
      subject: { kind: 'patient', id: patientId },
      patientId,
    });
  }

  async confirmed(ctx: TxContext, patientId: Uuid): Promise<void> {
    await this.worklist.resolve(ctx, sharedKeyOf(patientId), 'confirmed');
  }

  /** These patients share their number with nobody any more. */
  async settled(ctx: TxContext, patientIds: readonly Uuid[]): Promise<void> {
    for (const id of patientIds) await this.worklist.resolve(ctx, sharedKeyOf(id), 'mended-in-ehr');
  }

  private async raise(ctx: TxContext, id: Uuid, reason: string): Promise<void> {
    await this.worklist.raise(ctx, {
      kind: KIND,
      reason,
      key: keyOf(id),
      subject: { kind: 'patient', id },
      patientId: id,
    });
  }
}

/** Nobody looks for the number of somebody who is not written to any more. */
function doubtOf({ contactReview, active, deceased }: Reviewed): string | null {
  return active && !deceased ? contactReview : null;
}

function sharedKeyOf(patientId: Uuid): string {
  return `number-shared:${patientId}`;
}

function keyOf(patientId: Uuid): string {
  return `patient-number:${patientId}`;
}

import { Injectable } from '@nestjs/common';
import type { Context } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import type { Uuid } from '../../../../platform/ids/ids.js';
import type { Kept, KeptWhole } from '../../domain/kept.js';
import type { KeptEntity } from '../../infrastructure/kept.entity.js';
import { KeptRepository } from '../../infrastructure/kept.repository.js';
import { KeptContent } from './kept-content.js';

/** What is kept about patients. */
@Injectable()
export class ShowKept {
  constructor(
    private readonly transactions: Transactions,
    private readonly kept: KeptRepository,
    private readonly content: KeptContent,
  ) {}

  list(
    ctx: Context,
    patientIds: readonly Uuid[],
    page: { after: string | null; limit: number },
  ): Promise<Kept[]> {
    return this.transactions.run(ctx, async (tx) =>
      (await this.kept.list(tx, patientIds, page)).map((row) => shown(row)),
    );
  }

  get(ctx: Context, id: Uuid, patientIds: readonly Uuid[]): Promise<KeptWhole | null> {
    return this.transactions.run(ctx, async (tx) => {
      const row = await this.kept.get(tx, id, patientIds);
      return row && { ...shown(row), resource: await this.content.open(tx, row) };
    });
  }
}

function shown(row: KeptEntity): Kept {
  const { id, connectionId, patientId, type, state, keptAt, writtenAt, fhirId, faultCode } = row;
  const reference = fhirId && `${type}/${fhirId}`;
  return {
    ...{ id, connectionId, patientId, type, keptAt, writtenAt, reference, faultCode },
    state: state as Kept['state'],
  };
}

import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { FhirFacade } from '../../../exchange/fhir/index.js';
import { localTime } from '../domain/document.js';
import { provenanceIdentifierOf } from '../domain/identifier.js';
import { provenanceOf } from '../infrastructure/provenance.fhir-mapper.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';

/** Says in the EHR who wrote a summary, where it takes that. The summary stands without it. */
@Injectable()
export class WriteProvenance {
  constructor(
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly fhir: FhirFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly log: Log,
  ) {}

  /** Each alone; what may pass is thrown, so that the job comes again, and a refusal is only noted. */
  async run(ctx: Context, ids: readonly Uuid[]): Promise<void> {
    const failures: unknown[] = [];
    for (const id of ids) {
      await this.one(ctx, id).catch((error: unknown) => {
        if (!(error instanceof Fault) || error.retryable) return failures.push(error);
        return this.log.warn('summaries.no-provenance', {
          organization_id: ctx.organizationId,
          id,
          code: error.code,
        });
      });
    }
    if (failures.length > 0) throw failures[0];
  }

  private async one(ctx: Context, id: Uuid): Promise<void> {
    const summary = await this.transactions.run(ctx, (tx) => this.summaries.get(tx, id));
    if (summary?.state !== 'written') return;
    const { creates } = await this.fhir.capabilities(ctx, summary.connectionId!);
    if (creates.includes('Provenance')) await this.write(ctx, summary);
  }

  private async write(ctx: Context, summary: SummaryEntity): Promise<void> {
    const { timeZone } = await this.organizations.current(ctx);
    const identifier = provenanceIdentifierOf(summary.id);
    const resource = provenanceOf({
      identifier,
      target: `Communication/${summary.fhirId}`,
      recorded: localTime(summary.writtenAt!, timeZone),
      author: summary.author,
    });
    await this.fhir.writeResource(ctx, { connectionId: summary.connectionId!, identifier, resource });
  }
}

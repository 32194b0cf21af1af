import { Injectable } from '@nestjs/common';
import type { Communication } from 'fhir/r4.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault, notFound } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import { VaultFacade } from '../../../foundation/vault/index.js';
import { FhirFacade } from '../../../exchange/fhir/index.js';
import { identifierOf, tokenOf } from '../domain/identifier.js';
import type { SummaryDocument } from '../domain/summary-document.js';
import { SummariesRepository } from '../infrastructure/summaries.repository.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { jweOf } from '../infrastructure/summary.fhir-mapper.js';
import { goneFromEhr, notComposed, notReadable, retracted } from '../summaries.errors.js';

/** `ehr`: the EHR's copy was read and opened. `carethread`: ours, because the EHR is away, keeps it shut or has none. */
export interface OpenedSummary {
  source: 'ehr' | 'carethread';
  summary: SummaryDocument;
}

interface Sealed {
  source: OpenedSummary['source'];
  jwe: string;
}

/** Shows a summary to a person. Every try leaves an audit event, and nothing leaves before its own is kept. */
@Injectable()
export class Open {
  constructor(
    private readonly transactions: Transactions,
    private readonly summaries: SummariesRepository,
    private readonly fhir: FhirFacade,
    private readonly vault: VaultFacade,
    private readonly audit: AuditFacade,
  ) {}

  /** Throws not-found, summary.not-composed, summary.retracted, summary.gone-from-ehr, summary.not-readable, and the vault's Faults. */
  async run(ctx: Context, id: Uuid): Promise<OpenedSummary> {
    const summary = await this.transactions.run(ctx, (tx) => this.summaries.get(tx, id));
    const opened = await this.open(ctx, summary).catch((error: unknown) =>
      this.refuse(ctx, { id, summary, error }),
    );
    await this.audit.record(ctx, {
      type: 'summary.opened',
      action: 'R',
      entity: { kind: 'summary', id },
      patientId: summary!.patientId!,
      detail: { source: opened.source },
    });
    return opened;
  }

  private async open(ctx: Context, summary: SummaryEntity | null): Promise<OpenedSummary> {
    if (!summary) throw notFound('summary');
    if (!summary.recordSealed || !summary.patientId) throw notComposed();
    if (summary.retractReason !== null) throw retracted();
    const { source, jwe } = (await this.fromEhr(ctx, summary)) ?? ours(summary);
    const content = await this.vault.openRecord(
      ctx,
      summary.patientId,
      jwe,
      tokenOf(identifierOf(summary.id)),
    );
    return { source, summary: JSON.parse(Buffer.from(content).toString('utf8')) as SummaryDocument };
  }

  /** Null when our copy must do. Throws when the EHR has it no more or shows something else. */
  private async fromEhr(ctx: Context, summary: SummaryEntity): Promise<Sealed | null> {
    const { fhirId, connectionId, carrier } = summary;
    if (!fhirId || !connectionId || carrier === 'D') return null;
    const read = await this.fhir.read(ctx, connectionId, `Communication/${fhirId}`).catch(awayOrThrow);
    if (!read || read.state === 'forbidden') return null;
    if (read.state === 'gone') throw goneFromEhr();
    if (read.state !== 'current') throw notReadable();
    return { source: 'ehr', jwe: sealedIn(read.row.resource as Communication) };
  }

  private async refuse(
    ctx: Context,
    { id, summary, error }: { id: Uuid; summary: SummaryEntity | null; error: unknown },
  ): Promise<never> {
    await this.audit.record(ctx, {
      type: 'summary.opened',
      action: 'R',
      outcome: error instanceof Fault && error.severity !== 'error' ? 'minor-failure' : 'serious-failure',
      entity: { kind: 'summary', id },
      ...(summary?.patientId && { patientId: summary.patientId }),
      detail: { refused: error instanceof Fault ? error.code : 'unexpected' },
    });
    throw error;
  }
}

function ours(summary: SummaryEntity): Sealed {
  return { source: 'carethread', jwe: summary.recordSealed!.toString('utf8') };
}

/** A retracted Communication is as good as deleted. */
function sealedIn(communication: Communication): string {
  if (communication.status === 'entered-in-error') throw goneFromEhr();
  const jwe = jweOf(communication);
  if (!jwe) throw notReadable();
  return jwe;
}

/** An EHR that is away is no reason to keep a clinician from what we hold. */
function awayOrThrow(error: unknown): null {
  if (error instanceof Fault && error.retryable) return null;
  throw error;
}

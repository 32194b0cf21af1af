import { Injectable } from '@nestjs/common';
import { type Context, detached, type TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import type { Capabilities } from '../domain/capabilities.js';
import { soughtOf, toldBy } from '../domain/sought.js';
import { stateAfter } from '../domain/write.states.js';
import type { ResourceWrite, ResourceWritten } from '../domain/writes.js';
import { alterationOf, isWithdrawn } from '../domain/written-match.js';
import { Clients, type Connected } from '../infrastructure/clients.js';
import {
  altered,
  cannotLookUp,
  FhirFault,
  misfiled,
  noFault,
  notTaken,
  restricted,
  unknownOutcome,
  unsupported,
  withdrawn,
  writeRunning,
} from '../infrastructure/fhir-fault.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { createOnce, type Made } from './create-once.js';
import { ExtraCopies } from './extra-copies.js';
import { findCopies } from './find-copies.js';
import { readState } from './live-read.js';
import { OffLimits } from './off-limits.js';
import { withPayload } from './payloads.js';
import { Probe } from './probe.js';

interface Work {
  /** Without the caller's transaction: that a create went out must stand, whatever becomes of the caller. */
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
  row: WriteEntity;
  lease: WriteLease;
  write: ResourceWrite;
}

/** Leaves one resource with our identifier in the EHR: never none in silence, never two. */
@Injectable()
export class Outbox {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly writes: WritesRepository,
    private readonly offLimits: OffLimits,
    private readonly extras: ExtraCopies,
  ) {}

  async run(caller: Context, write: ResourceWrite): Promise<ResourceWritten> {
    const ctx = detached(caller);
    const capabilities = await this.probe.capabilities(ctx, write.connectionId);
    if (!takes(capabilities, write)) throw unsupported();
    const connected = await this.clients.of(ctx, write.connectionId);
    const row = await this.transactions.run(ctx, (tx) => this.rowOf(tx, write));
    if (row.state === 'sent') return existing(row);
    if (row.state === 'withdrawn') throw withdrawn();
    const lease = await this.transactions.run(ctx, (tx) => this.writes.take(tx, row.id));
    if (!lease) throw writeRunning();
    return this.settled({ ctx, connected, capabilities, row, lease, write });
  }

  /** Behind break-the-glass nothing is looked for and nothing sent: each would be another break-in. */
  private async rowOf(tx: TxContext, write: ResourceWrite): Promise<WriteEntity> {
    const { connectionId, resource } = write;
    const row = await this.writes.ensure(tx, { ...write, type: resource.resourceType }, toldBy(resource));
    const isOpen = row.state !== 'sent' && row.state !== 'withdrawn';
    if (isOpen && (await this.offLimits.any(tx, connectionId, row.subjects))) throw restricted(403);
    return row;
  }

  private async settled(work: Work): Promise<ResourceWritten> {
    let isUnsure = work.lease.doubtful;
    try {
      const before = await this.lookBack(work);
      isUnsure = false;
      const made = before === null ? await this.send(work) : { id: before, how: 'existing' as const };
      const written = await this.believe(work, made);
      await this.settle(work, { state: 'sent', fhirId: written.fhirId, versionId: written.versionId });
      if (work.write.resource.resourceType === 'Communication') failpoint('communication.id-recorded');
      return written;
    } catch (error) {
      const fault = error instanceof FhirFault ? error : null;
      // A search that failed takes no doubt away.
      const state = isUnsure ? 'unknown' : stateAfter(fault);
      await this.settle(work, { state, faultCode: fault?.code ?? 'unexpected' });
      if (fault?.code === 'fhir.restricted') {
        const { subject } = toldBy(work.write.resource);
        await this.offLimits.note(work.ctx, work.write.connectionId, subject);
      }
      throw error;
    }
  }

  /**
   * A conditional create finds an earlier one by itself. Elsewhere we search first, and again when no answer came;
   * only an EHR that shows none is sent another create, and one that does not look itself not before its search must
   * have caught up.
   */
  private async lookBack(work: Work): Promise<string | null> {
    const { capabilities, lease } = work;
    const looksItself = isConditional(work);
    const before = looksItself && !lease.doubtful ? null : await this.find(work);
    if (before) return before;
    if (lease.doubtful && lease.fresh && !looksItself && capabilities.idempotencyHeader === null)
      throw unknownOutcome();
    return null;
  }

  private async send(work: Work): Promise<Made> {
    const { ctx, lease } = work;
    const looksItself = isConditional(work);
    const mayGo = await this.transactions.run(ctx, (tx) => this.writes.sending(tx, lease));
    if (!mayGo) throw writeRunning();
    return await createOnce({ ...work, conditional: looksItself }).catch((error: unknown) =>
      this.lookAgain(work, error),
    );
  }

  private async lookAgain(work: Work, error: unknown): Promise<Made> {
    if (!(error instanceof FhirFault) || error.effect !== 'unknown') throw error;
    // Undefined: the EHR is away, which changes nothing about what we know.
    const found = await this.search(work, true).catch(noFault);
    // Also now where no search can tell: nothing may be sent again.
    if (found === null && work.capabilities.idempotencyHeader === null) throw cannotLookUp();
    if (!found?.[0]) throw unknownOutcome();
    return { id: found[0].id!, how: 'created' };
  }

  /** Null: the EHR shows none. */
  private async find(work: Work): Promise<string | null> {
    const found = await this.search(work, work.lease.doubtful);
    if (found !== null) return found[0]?.id ?? null;
    // Nothing could find an earlier one: then what may be there already is not sent again, unless the EHR sees to that.
    if (work.lease.doubtful && work.capabilities.idempotencyHeader === null) throw cannotLookUp();
    return null;
  }

  private search(work: Work, thorough: boolean) {
    const { row, lease, write } = work;
    const sought = soughtOf(write, { ...lease, subjects: row.subjects });
    return findCopies(work, sought, { thorough, except: row.spoiltIds });
  }

  /** Read back and compared: an answer alone is no proof. */
  private async believe(work: Work, { id, how }: Made): Promise<ResourceWritten> {
    const { connected, write, row } = work;
    const { resourceType: type } = write.resource;
    const found = await readState(connected.client, { type, id }).catch(unknownIfRetryable);
    // It may be there, and no later read would tell: one is enough.
    if (found.state === 'forbidden') throw cannotLookUp();
    if (found.state !== 'current') throw notTaken();
    const { resource } = found;
    // Not by us: what the hospital took back is not written again.
    if (isWithdrawn(resource)) throw withdrawn();
    const whole =
      resource.resourceType === 'Communication'
        ? await withPayload(connected, resource).catch(unknownIfRetryable)
        : resource;
    const { identifier } = write;
    const alteration = alterationOf(whole, write.resource, { identifier, subjects: row.subjects });
    if (alteration !== null) return this.spoilt(work, id, alteration === 'content' ? altered() : misfiled());
    return { fhirId: id, versionId: resource.meta?.versionId ?? null, how };
  }

  private async spoilt(work: Work, id: string, fault: FhirFault): Promise<never> {
    if (work.write.resource.resourceType === 'Communication')
      await this.extras.spoilt(work.ctx, work, { ...work, id });
    throw fault;
  }

  private settle(work: Work, to: Parameters<WritesRepository['settle']>[2]): Promise<void> {
    return this.transactions.run(work.ctx, (tx) => this.writes.settle(tx, work.lease, to));
  }
}

function takes(capabilities: Capabilities, { resource: { resourceType } }: ResourceWrite): boolean {
  return resourceType === 'Communication'
    ? capabilities.communicationCreate
    : capabilities.creates.includes(resourceType);
}

/**
 * If-None-Exist asks for an identifier, which a Provenance has not. What is declared is declared for Communication. Where a
 * spoilt copy has the identifier, it would be taken for the record.
 */
function isConditional({ capabilities, write, row }: Work): boolean {
  const isAlone = row.spoiltIds.length === 0;
  return capabilities.conditionalCreate && write.resource.resourceType === 'Communication' && isAlone;
}

function unknownIfRetryable(error: unknown): never {
  throw error instanceof FhirFault && error.retryable ? unknownOutcome() : error;
}

function existing({ fhirId, versionId }: WriteEntity): ResourceWritten {
  return { fhirId: fhirId!, versionId, how: 'existing' };
}

import { Injectable } from '@nestjs/common';
import { type Context, detached } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import type { Capabilities } from '../domain/capabilities.js';
import { soughtOf, toldBy } from '../domain/sought.js';
import { stateAfter } from '../domain/write.states.js';
import type { ResourceWrite, ResourceWritten } from '../domain/writes.js';
import { keptWhole } from '../domain/written-match.js';
import { Clients, type Connected } from '../infrastructure/clients.js';
import {
  altered,
  cannotLookUp,
  FhirFault,
  notTaken,
  unknownOutcome,
  unsupported,
  withdrawn,
  writeRunning,
} from '../infrastructure/fhir-fault.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { createOnce, type Made } from './create-once.js';
import { findCopies } from './find-copies.js';
import { readState } from './live-read.js';
import { withPayload } from './payloads.js';
import { Probe } from './probe.js';

interface Work {
  /** Without the caller's transaction: that a create went out must stand, whatever becomes of the caller. */
  ctx: Context;
  connected: Connected;
  capabilities: Capabilities;
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
  ) {}

  async run(caller: Context, write: ResourceWrite): Promise<ResourceWritten> {
    const ctx = detached(caller);
    const capabilities = await this.probe.capabilities(ctx, write.connectionId);
    if (!takes(capabilities, write)) throw unsupported();
    const connected = await this.clients.of(ctx, write.connectionId);
    const row = await this.transactions.run(ctx, (tx) =>
      this.writes.ensure(tx, { ...write, type: write.resource.resourceType }, toldBy(write.resource)),
    );
    if (row.state === 'sent') return existing(row);
    if (row.state === 'withdrawn') throw withdrawn();
    const lease = await this.transactions.run(ctx, (tx) => this.writes.take(tx, row.id));
    if (!lease) throw writeRunning();
    return this.settled({ ctx, connected, capabilities, lease, write });
  }

  private async settled(work: Work): Promise<ResourceWritten> {
    try {
      const written = await this.once(work);
      await this.settle(work, { state: 'sent', fhirId: written.fhirId, versionId: written.versionId });
      if (work.write.resource.resourceType === 'Communication') failpoint('communication.id-recorded');
      return written;
    } catch (error) {
      const fault = error instanceof FhirFault ? error : null;
      await this.settle(work, { state: stateAfter(fault), faultCode: fault?.code ?? 'unexpected' });
      throw error;
    }
  }

  /**
   * A conditional create finds an earlier one by itself. Elsewhere we search first, and again when no answer came;
   * only an EHR that shows none is sent another create, and one that does not look itself not before its search must
   * have caught up.
   */
  private async once(work: Work): Promise<ResourceWritten> {
    const { capabilities, lease } = work;
    const looksItself = isConditional(work);
    const before = looksItself && !lease.doubtful ? null : await this.find(work);
    if (before) return this.believe(work, { id: before, how: 'existing' });
    if (lease.doubtful && lease.fresh && !looksItself && capabilities.idempotencyHeader === null)
      throw unknownOutcome();
    await this.transactions.run(work.ctx, (tx) => this.writes.sending(tx, lease));
    return this.believe(
      work,
      await createOnce({ ...work, conditional: looksItself }).catch((error: unknown) =>
        this.lookAgain(work, error),
      ),
    );
  }

  private async lookAgain(work: Work, error: unknown): Promise<Made> {
    if (!(error instanceof FhirFault) || error.effect !== 'unknown') throw error;
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

  private search({ connected, capabilities, lease, write }: Work, thorough: boolean) {
    return findCopies({ connected, capabilities }, soughtOf(write, lease), { thorough });
  }

  /** Read back and compared: an answer alone is no proof. */
  private async believe({ connected, write }: Work, { id, how }: Made): Promise<ResourceWritten> {
    const { resourceType: type } = write.resource;
    const found = await readState(connected.client, { type, id }).catch(unknownIfRetryable);
    if (found.state !== 'current') throw notTaken();
    const { resource } = found;
    const whole =
      resource.resourceType === 'Communication'
        ? await withPayload(connected, resource).catch(unknownIfRetryable)
        : resource;
    if (!keptWhole(whole, write.resource, write.identifier)) throw altered();
    return { fhirId: id, versionId: resource.meta?.versionId ?? null, how };
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

/** If-None-Exist asks for an identifier, which a Provenance has not. What is declared is declared for Communication. */
function isConditional({ capabilities, write }: Work): boolean {
  return capabilities.conditionalCreate && write.resource.resourceType === 'Communication';
}

/** That the EHR is away changes nothing about what we know: undefined, where null says that no search can tell. */
function noFault(error: unknown): undefined {
  if (error instanceof FhirFault) return undefined;
  throw error;
}

function unknownIfRetryable(error: unknown): never {
  throw error instanceof FhirFault && error.retryable ? unknownOutcome() : error;
}

function existing({ fhirId, versionId }: WriteEntity): ResourceWritten {
  return { fhirId: fhirId!, versionId, how: 'existing' };
}

import { Injectable } from '@nestjs/common';
import { type Context, detached } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { failpoint } from '../../../platform/failpoint/failpoint.js';
import type { Capabilities } from '../domain/capabilities.js';
import { findOurs, keptWhole } from '../domain/communication-match.js';
import { isFhirId } from '../domain/reference.js';
import type { CommunicationWrite, CommunicationWritten } from '../domain/writes.js';
import { Clients } from '../infrastructure/clients.js';
import {
  altered,
  cannotLookUp,
  FhirFault,
  incomplete,
  notTaken,
  unknownOutcome,
  unsupported,
  writeRunning,
} from '../infrastructure/fhir-fault.js';
import type { FhirClient, SearchParams } from '../infrastructure/fhir-client.js';
import type { WriteEntity } from '../infrastructure/write.entity.js';
import { type WriteLease, WritesRepository } from '../infrastructure/writes.repository.js';
import { readState } from './live-read.js';
import { pagesOf } from './pages.js';
import { Probe } from './probe.js';

interface Work {
  /** Without the caller's transaction: that a create went out must stand, whatever becomes of the caller. */
  ctx: Context;
  client: FhirClient;
  capabilities: Capabilities;
  lease: WriteLease;
  write: CommunicationWrite;
}

interface Made {
  id: string;
  how: CommunicationWritten['how'];
}

/** Leaves one Communication in the EHR: never none in silence, never two. */
@Injectable()
export class WriteCommunication {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly writes: WritesRepository,
  ) {}

  async run(caller: Context, write: CommunicationWrite): Promise<CommunicationWritten> {
    const ctx = detached(caller);
    const capabilities = await this.probe.capabilities(ctx, write.connectionId);
    if (!capabilities.communicationCreate) throw unsupported();
    const { client } = await this.clients.of(ctx, write.connectionId);
    const row = await this.transactions.run(ctx, (tx) =>
      this.writes.ensure(tx, { ...write, type: 'Communication' }),
    );
    if (row.state === 'sent') return existing(row);
    const lease = await this.transactions.run(ctx, (tx) => this.writes.take(tx, row.id));
    if (!lease) throw writeRunning();
    return this.settled({ ctx, client, capabilities, lease, write });
  }

  private async settled(work: Work): Promise<CommunicationWritten> {
    try {
      const written = await this.once(work);
      await this.settle(work, { state: 'sent', fhirId: written.fhirId, versionId: written.versionId });
      failpoint('communication.id-recorded');
      return written;
    } catch (error) {
      await this.settle(work, failureOf(error));
      throw error;
    }
  }

  /**
   * A conditional create finds an earlier one by itself. Elsewhere we search first, and again when no answer came;
   * only an EHR that shows none is sent another create, and one that does not look itself not before its search must
   * have caught up.
   */
  private async once(work: Work): Promise<CommunicationWritten> {
    const { capabilities, lease } = work;
    const before = capabilities.conditionalCreate && !lease.doubtful ? null : await this.find(work);
    if (before) return this.believe(work, { id: before, how: 'existing' });
    if (lease.doubtful && lease.fresh && !capabilities.conditionalCreate) throw unknownOutcome();
    await this.transactions.run(work.ctx, (tx) => this.writes.sending(tx, lease));
    return this.believe(work, await this.create(work).catch((error: unknown) => this.lookAgain(work, error)));
  }

  private async create({ client, capabilities, write }: Work): Promise<Made> {
    const { system, value } = write.identifier;
    const condition = new URLSearchParams({ identifier: `${system}|${value}` }).toString();
    const answer = await client.create(
      write.resource,
      capabilities.conditionalCreate ? condition : undefined,
    );
    const made = answer.resource?.resourceType === 'Communication' ? answer.resource.id : undefined;
    const id = made ?? idIn(answer.location);
    // Created, but not said where: only a search can tell.
    if (!isFhirId(id)) throw unknownOutcome();
    return { id, how: answer.status === 200 ? 'existing' : 'created' };
  }

  private async lookAgain(work: Work, error: unknown): Promise<Made> {
    if (!(error instanceof FhirFault) || error.effect !== 'unknown') throw error;
    // Also now where no search can tell: nothing may be sent again.
    if (work.capabilities.communicationSearch === 'none') throw cannotLookUp();
    const id = await this.find(work).catch(noFault);
    if (!id) throw unknownOutcome();
    return { id, how: 'created' };
  }

  private async find({ client, capabilities, lease, write }: Work): Promise<string | null> {
    const { system, value } = write.identifier;
    if (capabilities.communicationSearch === 'none') {
      // Nothing could find an earlier one: then what may be there already is not sent again.
      if (lease.doubtful) throw cannotLookUp();
      return null;
    }
    const byIdentifier = capabilities.communicationSearch === 'identifier';
    const params: SearchParams = byIdentifier
      ? { identifier: `${system}|${value}` }
      : { patient: write.patient };
    for await (const page of pagesOf(client, 'Communication', { ...params, _count: '50' })) {
      const ours = findOurs(page.resources, write.identifier);
      if (ours) return ours.id!;
      if (page.incomplete) throw incomplete();
    }
    return null;
  }

  /** Read back and compared: an answer alone is no proof. */
  private async believe({ client, write }: Work, { id, how }: Made): Promise<CommunicationWritten> {
    const found = await readState(client, { type: 'Communication', id }).catch((error: unknown) => {
      throw error instanceof FhirFault && error.retryable ? unknownOutcome() : error;
    });
    if (found.state !== 'current') throw notTaken();
    if (!keptWhole(found.resource, write.resource, write.identifier)) throw altered();
    return { fhirId: id, versionId: found.resource.meta?.versionId ?? null, how };
  }

  private settle(work: Work, to: Parameters<WritesRepository['settle']>[2]): Promise<void> {
    return this.transactions.run(work.ctx, (tx) => this.writes.settle(tx, work.lease, to));
  }
}

/** That the EHR is away changes nothing about what we know. */
function noFault(error: unknown): null {
  if (error instanceof FhirFault) return null;
  throw error;
}

function existing({ fhirId, versionId }: WriteEntity): CommunicationWritten {
  return { fhirId: fhirId!, versionId, how: 'existing' };
}

function failureOf(error: unknown): { state: 'unknown' | 'refused' | 'pending'; faultCode: string } {
  const fault = error instanceof FhirFault ? error : null;
  const faultCode = fault?.code ?? 'unexpected';
  if (fault === null || fault.effect === 'unknown') return { state: 'unknown', faultCode };
  return { state: fault.retryable ? 'pending' : 'refused', faultCode };
}

/** `…/Communication/12/_history/1` */
function idIn(location: string | null): string | undefined {
  return /\/Communication\/([^/?#]+)/.exec(location ?? '')?.[1];
}

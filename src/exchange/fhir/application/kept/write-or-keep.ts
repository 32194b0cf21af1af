import { Injectable } from '@nestjs/common';
import { AuditFacade } from '../../../../foundation/audit/index.js';
import { WorklistFacade } from '../../../../foundation/worklist/index.js';
import { type Context, detached, type TxContext } from '../../../../platform/context/context.js';
import { Transactions } from '../../../../platform/database/transactions.js';
import { newId, type Uuid } from '../../../../platform/ids/ids.js';
import { basesOf } from '../../domain/connection.js';
import { faultsOf } from '../../domain/guard.js';
import type { KeepableResource, WrittenOrKept } from '../../domain/kept.js';
import { keyText, parseReference } from '../../domain/reference.js';
import type { ResourceWrite } from '../../domain/writes.js';
import { Clients } from '../../infrastructure/clients.js';
import { badReference, FhirFault, unsound } from '../../infrastructure/fhir-fault.js';
import type { KeptEntity } from '../../infrastructure/kept.entity.js';
import { KeptRepository } from '../../infrastructure/kept.repository.js';
import { ResourcesRepository } from '../../infrastructure/resources.repository.js';
import type { WriteKey } from '../../infrastructure/writes.repository.js';
import { LiveRead } from '../live-read.js';
import { Outbox } from '../outbox.js';
import { KeptContent } from './kept-content.js';
import { refusedKey } from './refused-item.js';

/** Puts a resource into the EHR or, where the EHR does not offer to take its type, keeps it here. */
@Injectable()
export class WriteOrKeep {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly kept: KeptRepository,
    private readonly content: KeptContent,
    private readonly clients: Clients,
    private readonly resources: ResourcesRepository,
    private readonly live: LiveRead,
    private readonly audit: AuditFacade,
    private readonly worklist: WorklistFacade,
  ) {}

  async run(caller: Context, write: ResourceWrite<KeepableResource>): Promise<WrittenOrKept> {
    const ctx = detached(caller);
    const before = await this.transactions.run(ctx, (tx) => this.kept.find(tx, keyOf(write)));
    try {
      const written = await this.outbox.run(ctx, write);
      if (before) await this.transactions.run(ctx, (tx) => this.settle(tx, before, written.fhirId));
      return written;
    } catch (error) {
      if (!(error instanceof FhirFault) || error.code !== 'fhir.unsupported') throw error;
    }
    return { how: 'kept', id: before?.id ?? (await this.keep(ctx, write)) };
  }

  /** The EHR has it: what it says is kept here no more. */
  async settle(tx: TxContext, { id, patientId }: KeptEntity, fhirId: string): Promise<void> {
    if (!(await this.kept.written(tx, id, fhirId))) return;
    await this.worklist.resolve(tx, refusedKey(id), 'written');
    await this.audit.record(tx, {
      type: 'kept-resource.written',
      action: 'U',
      entity: { kind: 'kept-resource', id },
      patientId,
    });
  }

  private async keep(ctx: Context, write: ResourceWrite<KeepableResource>): Promise<Uuid> {
    const { resource, identifier, connectionId } = write;
    const faults = faultsOf(resource);
    // What could never be written is not kept for that.
    if (faults.length > 0) throw unsound(faults);
    const patientId = await this.patientOf(ctx, write);
    return this.transactions.run(ctx, async (tx) => {
      const id = newId();
      const added = await this.kept.add(tx, {
        ...{ id, connectionId, patientId, type: resource.resourceType },
        ...{ identifierSystem: identifier.system, identifierValue: identifier.value },
        sealed: await this.content.seal(tx, { id, patientId }, resource),
      });
      if (!added) return (await this.kept.find(tx, keyOf(write)))!.id;
      await this.audit.record(tx, {
        type: 'kept-resource.created',
        action: 'C',
        entity: { kind: 'kept-resource', id },
        patientId,
      });
      return id;
    });
  }

  /** Throws `fhir.reference` for who is no patient of this EHR. */
  private async patientOf(
    ctx: Context,
    { connectionId, resource }: ResourceWrite<KeepableResource>,
  ): Promise<Uuid> {
    const { connection } = await this.clients.evenPaused(ctx, connectionId);
    const key = parseReference(resource.subject?.reference, basesOf(connection));
    if (key?.type !== 'Patient') throw badReference();
    const known = await this.transactions.run(ctx, (tx) =>
      this.resources.idOf(tx, { connectionId, type: 'Patient' }, key.id),
    );
    if (known) return known;
    const found = await this.live.read(ctx, connectionId, keyText(key));
    if (found.state !== 'current') throw badReference();
    return found.row.resourceId;
  }
}

function keyOf({ connectionId, identifier, resource }: ResourceWrite<KeepableResource>): WriteKey {
  return { connectionId, identifier, type: resource.resourceType };
}

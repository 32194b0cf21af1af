import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4.js';
import { type Context, detached } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { basesOf } from '../domain/connection.js';
import { derivedId } from '../domain/derived-id.js';
import { sortRows } from '../domain/incoming.js';
import { withOwnReferences } from '../domain/own-references.js';
import { type Bases, keyText, parseReference, type ResourceKey } from '../domain/reference.js';
import { actorsOf } from '../domain/row-checks.js';
import { versionIdOf } from '../domain/stamp.js';
import { answers } from '../domain/row-filter.js';
import { FOLLOWED, type FhirRow, type FollowedType, type ReadResult } from '../domain/rows.js';
import { type Connected, Clients } from '../infrastructure/clients.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import {
  badReference,
  FhirFault,
  incomplete,
  MergedRecord,
  notFhir,
  restricted,
  unavailable,
} from '../infrastructure/fhir-fault.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { Intake, mergeOf } from './intake.js';
import { OffLimits } from './off-limits.js';
import { pagesOf } from './pages.js';
import { keepsTextsApart, keepsTextsElsewhere, withPayload } from './payloads.js';

/** Reads and searches the EHR now. */
@Injectable()
export class LiveRead {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly resources: ResourcesRepository,
    private readonly intake: Intake,
    private readonly offLimits: OffLimits,
  ) {}

  async read(ctx: Context, connectionId: Uuid, reference: string): Promise<ReadResult> {
    const connected = await this.clients.of(ctx, connectionId);
    const key = parseReference(reference, basesOf(connected.connection));
    if (!key) throw badReference();
    if (await this.anyRestricted(ctx, connectionId, [keyText(key)])) return { state: 'forbidden' };
    const answer = await readState(connected.client, key);
    if (answer.state === 'forbidden') return answer;
    if (answer.state === 'merged') {
      await this.intake.takeMerged(ctx, connectionId, [mergeOf(connectionId, keyText(key), answer.into)]);
      return answer;
    }
    if (answer.state === 'gone') return this.gone(ctx, connectionId, key);
    const { resource } = answer;
    const whole = keepsTextsApart(resource, basesOf(connected.connection))
      ? await withPayload(connected, resource)
      : resource;
    return this.currentUnlessRestricted(ctx, connected, whole);
  }

  /** A visit of a patient behind break-the-glass is behind it too: nobody is reminded of it by us. */
  private async currentUnlessRestricted(
    ctx: Context,
    connected: Connected,
    resource: FhirResource,
  ): Promise<ReadResult> {
    const result = await this.current(ctx, connected, resource);
    if (resource.resourceType !== 'Appointment' || result.state !== 'current') return result;
    const actors = actorsOf(resource, basesOf(connected.connection)).map(keyText);
    return (await this.anyRestricted(ctx, connected.connection.id, actors)) ? { state: 'forbidden' } : result;
  }

  private async anyRestricted(ctx: Context, connectionId: Uuid, keys: string[]): Promise<boolean> {
    return (await this.restrictedAmong(ctx, connectionId, keys)).size > 0;
  }

  restrictedAmong(ctx: Context, connectionId: Uuid, references: readonly string[]): Promise<Set<string>> {
    return this.transactions.run(ctx, (tx) => this.resources.restricted(tx, connectionId, references));
  }

  async search(
    ctx: Context,
    connectionId: Uuid,
    { type, params }: { type: string; params: Record<string, string> },
  ): Promise<FhirResource[]> {
    const found = await this.found(ctx, connectionId, { type, params });
    const kept = await this.restrictedAmong(ctx, connectionId, found.map(keyOf));
    const shown = found.filter((resource) => !kept.has(keyOf(resource)));
    const { connection } = await this.clients.of(ctx, connectionId);
    return withOwnReferences(shown, basesOf(connection));
  }

  /** Throws `fhir.restricted` for what is about a record behind break-the-glass: of that nothing is asked twice. */
  private async found(
    ctx: Context,
    connectionId: Uuid,
    { type, params }: { type: string; params: Record<string, string> },
  ): Promise<FhirResource[]> {
    const { client, connection } = await this.clients.of(ctx, connectionId);
    const bases = basesOf(connection);
    const named = namedIn(type, params, bases);
    if (await this.anyRestricted(ctx, connectionId, named)) throw restricted(403);
    const found: FhirResource[] = [];
    try {
      for await (const page of pagesOf(client, type, params)) {
        if (page.incomplete) throw incomplete();
        // The EHR may have dropped a filter, whether it says so or not.
        found.push(...page.resources.filter((resource) => answers(resource, params, bases)));
      }
    } catch (error) {
      const isRestricted = error instanceof FhirFault && error.code === 'fhir.restricted';
      if (isRestricted) await this.noteOnly(ctx, connectionId, named);
      throw error;
    }
    return found;
  }

  /** Of several nothing tells which one it is. */
  private async noteOnly(ctx: Context, connectionId: Uuid, named: readonly string[]): Promise<void> {
    const patients = named.filter((key) => key.startsWith('Patient/'));
    // Whatever becomes of the caller's work: it was a break-in.
    if (patients.length === 1) await this.offLimits.note(detached(ctx), connectionId, patients[0]!);
  }

  async ownReference(ctx: Context, connectionId: Uuid, reference: string): Promise<string | null> {
    const { connection } = await this.clients.of(ctx, connectionId);
    const key = parseReference(reference, basesOf(connection));
    return key && keyText(key);
  }

  followAsLongAs(ctx: Context, connectionId: Uuid, fhirId: string, otherFhirId: string): Promise<void> {
    return this.transactions.run(ctx, (tx) =>
      this.resources.needAsLongAs(tx, connectionId, fhirId, otherFhirId),
    );
  }

  /** Returns the ids that the search shows, bad rows among them. */
  async bring(
    ctx: Context,
    connectionId: Uuid,
    { type, params }: { type: FollowedType; params: Record<string, string> },
  ): Promise<string[]> {
    const found = await this.found(ctx, connectionId, { type, params });
    const rows = found.filter(({ resourceType }) => resourceType === type);
    const connected = await this.clients.of(ctx, connectionId);
    await this.intake.take(ctx, connected, sortRows(rows, basesOf(connected.connection)), 'all');
    return rows.flatMap(({ id }) => id ?? []);
  }

  private async gone(ctx: Context, connectionId: Uuid, { type, id }: ResourceKey): Promise<ReadResult> {
    if (isFollowed(type)) await this.intake.takeGone(ctx, connectionId, type, [id]);
    return { state: 'gone' };
  }

  private async current(ctx: Context, connected: Connected, resource: FhirResource): Promise<ReadResult> {
    if (isFollowed(resource.resourceType)) {
      const sorted = sortRows([resource], basesOf(connected.connection));
      const { bad, older } = await this.intake.take(ctx, connected, sorted, 'all');
      if (bad[0]) return { state: 'invalid', reason: bad[0].reason };
      // A replica that lags behind what we have already seen is not to be acted upon.
      if (older > 0) throw unavailable(null, 'not-done');
    }
    return { state: 'current', row: await this.rowOf(ctx, connected, resource) };
  }

  private async rowOf(ctx: Context, { connection }: Connected, resource: FhirResource): Promise<FhirRow> {
    const { resourceType: type, id: fhirId = '' } = resource;
    const known = isFollowed(type)
      ? await this.transactions.run(ctx, (tx) =>
          this.resources.idOf(tx, { connectionId: connection.id, type }, fhirId),
        )
      : null;
    return {
      resourceId: known ?? derivedId(connection.id, type, fhirId),
      connectionId: connection.id,
      fhirId,
      versionId: versionIdOf(resource),
      resource: withOwnReferences(resource, basesOf(connection)),
    };
  }
}

type Found =
  | { state: 'current'; resource: FhirResource }
  | { state: 'gone' }
  | { state: 'merged'; into: string }
  | { state: 'forbidden' };

/** What the EHR has under this id. Throws everything but "not there" and "not for us". */
export async function readState(client: FhirClient, { type, id }: ResourceKey): Promise<Found> {
  try {
    const { resource, status } = await client.read(type, id);
    if (resource.id !== id) throw notFhir(status);
    if (keepsTextsElsewhere(client, resource)) await client.tellForeign('attachment');
    return { state: 'current', resource };
  } catch (error) {
    if (!(error instanceof FhirFault)) throw error;
    if (error instanceof MergedRecord) return { state: 'merged', into: error.into() };
    if (error.status === 404 || error.status === 410) return { state: 'gone' };
    if (error.status === 403) return { state: 'forbidden' };
    throw error;
  }
}

function keyOf({ resourceType: type, id = '' }: FhirResource): string {
  return keyText({ type, id });
}

/** The records that a search is about: `Patient/1`. */
function namedIn(type: string, params: Record<string, string>, bases: Bases): string[] {
  return Object.entries(params).flatMap(([name, value]) =>
    value.split(',').flatMap((one) => {
      const key = parseReference(name === '_id' ? `${type}/${one}` : one, bases);
      return key ? [keyText(key)] : [];
    }),
  );
}

function isFollowed(type: string): type is FollowedType {
  return FOLLOWED.includes(type as FollowedType);
}

import type { FhirResource } from 'fhir/r4.js';
import { isWithdrawn } from '../domain/written-match.js';
import { FhirFault, notTaken, unknownOutcome } from '../infrastructure/fhir-fault.js';
import type { Where } from './find-copies.js';
import { readState } from './live-read.js';

/** Somebody may be working on the same record. */
const ROUNDS = 3;

/**
 * Marks one Communication entered-in-error, and believes it when it is read back. False: this EHR takes no such change.
 * Throws as a write does.
 */
export async function enterInError(where: Where, fhirId: string): Promise<boolean> {
  if (where.capabilities.communicationChange === 'none') return false;
  for (let round = 1; round <= ROUNDS; round++) {
    const found = await readState(where.connected.client, { type: 'Communication', id: fhirId });
    if (found.state === 'gone') return true;
    if (found.state !== 'current') return false;
    if (isWithdrawn(found.resource)) return true;
    const sent = await change(where, found.resource);
    if (sent === 'refused') return false;
  }
  return isMarked(where, fhirId);
}

async function isMarked({ connected }: Where, fhirId: string): Promise<boolean> {
  const found = await readState(connected.client, { type: 'Communication', id: fhirId });
  if (found.state === 'current' && !isWithdrawn(found.resource)) throw notTaken();
  return true;
}

async function change(
  { connected, capabilities }: Where,
  resource: FhirResource,
): Promise<'sent' | 'refused'> {
  const version = resource.meta?.versionId;
  // Without a version there is no If-Match, and without If-Match somebody's change could be lost.
  if (version === undefined) return 'refused';
  const ifMatch = `W/"${version}"`;
  const { status } = resource as { status?: string };
  try {
    if (capabilities.communicationChange === 'update') {
      const wrong = { ...resource, status: 'entered-in-error' } as FhirResource;
      await connected.client.update(wrong, ifMatch, resource);
    } else {
      const key = { type: 'Communication', id: resource.id! };
      const operations = [
        { op: 'test' as const, path: '/status', value: status },
        { op: 'replace' as const, path: '/status', value: 'entered-in-error' },
      ];
      await connected.client.patch(key, operations, ifMatch);
    }
    return 'sent';
  } catch (error) {
    return meaningOf(error);
  }
}

function meaningOf(error: unknown): 'sent' | 'refused' {
  if (!(error instanceof FhirFault)) throw error;
  // The next read tells.
  if (error.status === 409 || error.status === 412) return 'sent';
  if (error.effect === 'unknown') throw unknownOutcome();
  if (error.retryable || error.status === null) throw error;
  return 'refused';
}

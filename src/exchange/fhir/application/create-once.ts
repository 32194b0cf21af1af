import type { FhirResource } from 'fhir/r4.js';
import { canonicalJson } from '../domain/canonical.js';
import type { Capabilities } from '../domain/capabilities.js';
import { idFrom } from '../domain/derived-id.js';
import { isFhirId } from '../domain/reference.js';
import type { ResourceWrite, ResourceWritten, WrittenResource } from '../domain/writes.js';
import { tokenOf } from '../domain/written-match.js';
import type { Connected } from '../infrastructure/clients.js';
import { contentRefused, FhirFault, severalCopies, unknownOutcome } from '../infrastructure/fhir-fault.js';
import type { FhirAnswer } from '../infrastructure/fhir-client.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { WriteLease } from '../infrastructure/writes.repository.js';

export interface Made {
  id: string;
  how: ResourceWritten['how'];
}

interface Create {
  connected: Connected;
  capabilities: Capabilities;
  lease: WriteLease;
  write: ResourceWrite;
  conditional: boolean;
}

/** Bad request, too large, media type, unprocessable: the EHR read it and wants it otherwise. */
const CONTENT = [400, 413, 415, 422];

/** One create. Throws with the effect `unknown` when only a search can tell what came of it. */
export async function createOnce(create: Create): Promise<Made> {
  const { connected, capabilities, lease, write, conditional } = create;
  const condition = new URLSearchParams({ identifier: tokenOf(write.identifier) }).toString();
  const { idempotencyHeader } = capabilities;
  const answer = await connected.client
    .create(
      write.resource,
      conditional ? condition : undefined,
      idempotencyHeader === null ? {} : { [idempotencyHeader]: keyOf(lease, write.resource) },
    )
    .catch((error: unknown) => {
      throw error instanceof FhirFault ? meaningOf(error, create) : error;
    });
  return madeBy(answer, write);
}

/**
 * The same for every try of the same words, whoever's they are by now: the next carrier says it in others, and must not
 * be answered with what became of the one before.
 */
function keyOf({ id }: WriteLease, resource: WrittenResource): Uuid {
  const said = resource.resourceType === 'Communication' ? resource.payload : resource;
  return idFrom(`${id}/${canonicalJson(said)}`);
}

function madeBy(
  answer: FhirAnswer<FhirResource | null>,
  { resource: { resourceType } }: ResourceWrite,
): Made {
  const made = answer.resource?.resourceType === resourceType ? answer.resource.id : undefined;
  const id = made ?? idIn(answer.location, resourceType);
  // Created, but not said where: only a search can tell.
  if (!isFhirId(id)) throw unknownOutcome();
  return { id, how: answer.status === 200 ? 'existing' : 'created' };
}

function meaningOf(fault: FhirFault, { capabilities, conditional }: Create): FhirFault {
  // The same request came before: what it made is to be found.
  if (fault.status === 409 && capabilities.idempotencyHeader !== null) return unknownOutcome();
  if (fault.status === 412 && conditional) return severalCopies();
  return CONTENT.includes(fault.status ?? 0) && fault.effect === 'not-done'
    ? contentRefused(fault.status!)
    : fault;
}

/** `…/Communication/12/_history/1` */
function idIn(location: string | null, type: string): string | undefined {
  return new RegExp(`/${type}/([^/?#]+)`).exec(location ?? '')?.[1];
}

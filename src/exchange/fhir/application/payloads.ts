import type { Attachment, Communication, CommunicationPayload, FhirResource } from 'fhir/r4.js';
import { basesOf } from '../domain/connection.js';
import { type Bases, parseReference, type ResourceKey } from '../domain/reference.js';
import type { Connected } from '../infrastructure/clients.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';

/** The same with its texts in it, where the EHR keeps them apart as Binary (Oracle Health). Throws as a read does. */
export async function withPayload(
  connected: Pick<Connected, 'client' | 'connection'>,
  communication: Communication,
): Promise<Communication> {
  const { payload } = communication;
  if (!payload?.some((part) => binaryOf(part, basesOf(connected.connection)))) return communication;
  const parts: CommunicationPayload[] = [];
  for (const part of payload) {
    const binary = binaryOf(part, basesOf(connected.connection));
    const attachment = binary && (await read(connected, binary));
    parts.push(attachment ? { contentAttachment: attachment } : part);
  }
  return { ...communication, payload: parts };
}

/** Whether the EHR shows this one without its texts. */
export function keepsTextsApart(resource: FhirResource, bases: Bases): resource is Communication {
  return (
    resource.resourceType === 'Communication' &&
    (resource.payload ?? []).some((part) => binaryOf(part, bases) !== null)
  );
}

/** Whether a text of it lies at another server's address: there it stays. */
export function keepsTextsElsewhere(
  client: Pick<FhirClient, 'isElsewhere'>,
  resource: FhirResource,
): boolean {
  if (resource.resourceType !== 'Communication' || !Array.isArray(resource.payload)) return false;
  return resource.payload.some((part) => {
    const address = part?.contentAttachment?.url ?? part?.contentReference?.reference;
    return typeof address === 'string' && client.isElsewhere(address);
  });
}

function binaryOf(part: CommunicationPayload, bases: Bases): ResourceKey | null {
  if (part.contentAttachment?.data !== undefined) return null;
  const key = parseReference(part.contentReference?.reference ?? part.contentAttachment?.url, bases);
  return key?.type === 'Binary' ? key : null;
}

/** A text that is not there, or not for us, is left as it was: then the resource does not match. */
async function read({ client }: Pick<Connected, 'client'>, key: ResourceKey): Promise<Attachment | null> {
  try {
    const { resource } = await client.read(key.type, key.id);
    if (resource.resourceType !== 'Binary') return null;
    const { contentType, data } = resource;
    return data === undefined ? null : { contentType, data };
  } catch (error) {
    if (error instanceof FhirFault && [403, 404, 410].includes(error.status ?? 0)) return null;
    throw error;
  }
}

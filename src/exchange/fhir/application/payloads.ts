import type { Attachment, Communication, CommunicationPayload, FhirResource } from 'fhir/r4.js';
import { parseReference, type ResourceKey } from '../domain/reference.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';

/** The same with its texts in it, where the EHR keeps them apart as Binary (Oracle Health). Throws as a read does. */
export async function withPayload(
  connected: Pick<Connected, 'client' | 'connection'>,
  communication: Communication,
): Promise<Communication> {
  const { payload } = communication;
  if (!payload?.some((part) => binaryOf(part, connected.connection.baseUrl))) return communication;
  const parts: CommunicationPayload[] = [];
  for (const part of payload) {
    const binary = binaryOf(part, connected.connection.baseUrl);
    const attachment = binary && (await read(connected, binary));
    parts.push(attachment ? { contentAttachment: attachment } : part);
  }
  return { ...communication, payload: parts };
}

/** Whether the EHR shows this one without its texts. */
export function keepsTextsApart(resource: FhirResource, baseUrl: string): resource is Communication {
  return (
    resource.resourceType === 'Communication' &&
    (resource.payload ?? []).some((part) => binaryOf(part, baseUrl) !== null)
  );
}

function binaryOf(part: CommunicationPayload, baseUrl: string): ResourceKey | null {
  if (part.contentAttachment?.data !== undefined) return null;
  const key = parseReference(part.contentReference?.reference ?? part.contentAttachment?.url, baseUrl);
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

import type { Attachment, CommunicationPayload, FhirResource } from 'fhir/r4.js';
import type { FhirClient } from '../infrastructure/fhir-client.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';

/**
 * A Communication with its attachments in it: some EHRs keep them apart and hand back an address instead. What lies at
 * another server's address, or is not there, stays an address. Throws when the EHR is away.
 */
export async function withAttachments(client: FhirClient, resource: FhirResource): Promise<FhirResource> {
  if (resource.resourceType !== 'Communication' || !Array.isArray(resource.payload)) return resource;
  const payload: CommunicationPayload[] = [];
  for (const part of resource.payload) payload.push(await filled(client, part));
  return { ...resource, payload };
}

async function filled(client: FhirClient, part: CommunicationPayload): Promise<CommunicationPayload> {
  const attachment = part?.contentAttachment;
  if (typeof attachment?.url !== 'string' || attachment.data !== undefined) return part;
  const data = await dataAt(client, attachment.url);
  return data === undefined ? part : { ...part, contentAttachment: { ...attachment, data } };
}

async function dataAt(client: FhirClient, url: string): Promise<Attachment['data']> {
  try {
    const { data } = (await client.binary(url)).resource;
    return typeof data === 'string' ? data : undefined;
  } catch (error) {
    if (error instanceof FhirFault && !error.retryable) return undefined;
    throw error;
  }
}

import type { Provenance, ProvenanceAgent } from 'fhir/r4.js';
import type { SummaryIdentifier } from '../domain/identifier.js';
import { DEVICE } from './device.js';

const PARTICIPANT = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';
const OPERATION = 'http://terminology.hl7.org/CodeSystem/v3-DataOperation';

export interface ProvenanceContent {
  identifier: SummaryIdentifier;
  /** `Communication/7` */
  target: string;
  /** When it was written, RFC 3339 with offset. */
  recorded: string;
  /** Opaque id of who wrote a correction; null: nobody but us. */
  author: string | null;
}

/** Who put a Communication of ours into the EHR. R4 gives it no identifier: an entity names it. */
export function provenanceOf({ identifier, target, recorded, author }: ProvenanceContent): Provenance {
  return {
    resourceType: 'Provenance',
    target: [{ reference: target }],
    recorded,
    activity: { coding: [{ system: OPERATION, code: 'CREATE' }] },
    agent: [
      agentOf('assembler', DEVICE),
      ...(author === null
        ? []
        : [agentOf('author', { identifier: { system: 'urn:carethread:actor', value: author } })]),
    ],
    entity: [{ role: 'source', what: { identifier } }],
  };
}

function agentOf(code: string, who: ProvenanceAgent['who']): ProvenanceAgent {
  return { type: { coding: [{ system: PARTICIPANT, code }] }, who };
}

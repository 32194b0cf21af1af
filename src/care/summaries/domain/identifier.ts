import type { Uuid } from '../../../platform/ids/ids.js';

/** Ours for ever: a second write finds the first by it. */
const SYSTEM = 'urn:carethread:summary';

export interface SummaryIdentifier {
  system: string;
  value: string;
}

export function identifierOf(summaryId: Uuid): SummaryIdentifier {
  return { system: SYSTEM, value: summaryId };
}

/** Of the Provenance of a summary. */
export function provenanceIdentifierOf(summaryId: Uuid): SummaryIdentifier {
  return { system: 'urn:carethread:provenance', value: summaryId };
}

/** The same as FHIR searches for it: it stands in the protected header of what is sealed. */
export function tokenOf({ system, value }: SummaryIdentifier): string {
  return `${system}|${value}`;
}

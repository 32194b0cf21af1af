import type { Capabilities } from './capabilities.js';

/** AWS HealthLake: a search may show a change only later, unless it asks for this (developer guide, consistency levels). */
const STRONG = { 'x-amz-fhir-history-consistency-level': 'strong' };

/** Headers that make a search show what was just written. Only the EHR with an idempotency header of its own has them. */
export function headersForLookup({ idempotencyHeader }: Capabilities): Record<string, string> {
  return idempotencyHeader === null ? {} : STRONG;
}

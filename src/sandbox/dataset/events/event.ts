/** A FHIR resource, or the changed part of one. */
export type Json = Record<string, unknown>;

/** One change that staff make in the EHR, without the rules of FHIR. */
export type EventStep =
  /** The whole resource, new or not. */
  | { put: string; resource: Json }
  /** A JSON merge patch (RFC 7386). */
  | { patch: string; change: Json }
  | { remove: string };

/** Something that happens while the hospital runs; all its steps carry the same moment. */
export interface EhrEvent {
  name: string;
  /** What happens, in words. */
  does: string;
  /** When it is due; at any time without it. */
  at?: string;
  /** How many seconds before it can be seen it was stamped: a long transaction. */
  stampedSecondsAgo?: number;
  steps: EventStep[];
}

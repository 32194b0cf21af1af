import type { RelatedPerson } from 'fhir/r4.js';
import { GUARDIAN_CODES, ROLE_CODE_SYSTEMS } from './guardian-codes.js';
import { type Span, spanOf } from './span.policy.js';

/** Why a RelatedPerson does not speak for the patient, or cannot be reached. */
export type ProxyFault =
  'not-guardian' | 'guardian-inactive' | 'guardian-expired' | 'guardian-without-number';

export interface Guardianship extends Span {
  /** The v3-RoleCode; null: related, but no guardian. */
  code: string | null;
  active: boolean;
}

/** What a RelatedPerson says of its part. An unreadable period never holds. */
export function guardianshipOf(person: RelatedPerson, timeZone: string): Guardianship {
  const span = spanOf(person.period, timeZone);
  const { from, until } = span ?? { from: null, until: null };
  // R4: active is true where it is not said.
  return { code: guardianCodeIn(person), active: person.active !== false && span !== null, from, until };
}

function guardianCodeIn({ relationship }: RelatedPerson): string | null {
  const codings = Array.isArray(relationship) ? relationship.flatMap((one) => one?.coding ?? []) : [];
  const found = codings.find(
    ({ system, code }) => ROLE_CODE_SYSTEMS.has(system ?? '') && GUARDIAN_CODES.has(code ?? ''),
  );
  return found?.code ?? null;
}

/** What is known of a patient's proxies when a message is to go. */
export interface ProxyState extends Guardianship {
  hasNumber: boolean;
}

/** Why this one is not written to now; null when it is. */
export function faultOf({ code, active, from, until, hasNumber }: ProxyState, now: Date): ProxyFault | null {
  if (code === null) return 'not-guardian';
  if (!active || (from !== null && from > now)) return 'guardian-inactive';
  if (until !== null && until <= now) return 'guardian-expired';
  return hasNumber ? null : 'guardian-without-number';
}

const NEAREST: readonly ProxyFault[] = ['guardian-without-number', 'guardian-expired', 'guardian-inactive'];

/** Why a child has nobody who can be written to: the fault that is mended soonest; `no-guardian` when there is none. */
export function whyNobody(proxies: readonly ProxyState[], now: Date): string | null {
  const faults = proxies.map((proxy) => faultOf(proxy, now));
  if (faults.includes(null)) return null;
  return NEAREST.find((fault) => faults.includes(fault)) ?? 'no-guardian';
}

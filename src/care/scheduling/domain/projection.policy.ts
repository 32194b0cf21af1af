import type { ActionKind } from './tap.policy.js';
import { changesTheVisit, classOf, type VisitFacts } from './visit.policy.js';

/** A visit as it is kept. */
export interface KnownVisit extends VisitFacts {
  visitVersion: number;
}

export interface Projected {
  facts: VisitFacts;
  visitVersion: number;
  /** False when the EHR told nothing new. */
  changed: boolean;
  /** Whether the steps must be looked at again. */
  toPlan: boolean;
}

/** What a visit becomes by what the EHR says of it now. The visit version never goes down. */
export function project(known: KnownVisit | null, facts: VisitFacts): Projected {
  if (!known) {
    // A cancelled visit that we never spoke of needs no steps; a declined one needs a person.
    const toPlan = classOf(facts) !== 'not-live' || facts.participantStatus === 'declined';
    return { facts, visitVersion: 1, changed: true, toPlan };
  }
  const visitVersion = known.visitVersion + (changesTheVisit(known, facts) ? 1 : 0);
  const toPlan = visitVersion !== known.visitVersion || known.status !== facts.status;
  return { facts, visitVersion, changed: !isSame(known, facts), toPlan };
}

/** Which wishes of the patient, made for the former visit version, need nobody any more, and why. */
export function answeredByEhr(
  formerVersion: number,
  { facts, visitVersion }: Projected,
): { kind: ActionKind; resolution: 'done-in-ehr' | 'visit-changed' }[] {
  const cancel = facts.status === 'cancelled';
  const confirm = facts.participantStatus === 'accepted';
  const kinds = [
    { kind: 'cancel' as const, done: cancel },
    { kind: 'confirm' as const, done: confirm },
  ].filter(({ done }) => done || visitVersion !== formerVersion);
  return kinds.map(({ kind, done }) => ({ kind, resolution: done ? 'done-in-ehr' : 'visit-changed' }));
}

function isSame(known: VisitFacts, facts: VisitFacts): boolean {
  const { start, end, ...rest } = facts;
  const keys = Object.keys(rest) as (keyof typeof rest)[];
  return (
    known.start.getTime() === start.getTime() &&
    known.end?.getTime() === end?.getTime() &&
    keys.every((key) => known[key] === rest[key])
  );
}

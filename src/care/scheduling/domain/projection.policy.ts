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

function isSame(known: VisitFacts, facts: VisitFacts): boolean {
  const { start, end, ...rest } = facts;
  const keys = Object.keys(rest) as (keyof typeof rest)[];
  return (
    known.start.getTime() === start.getTime() &&
    known.end?.getTime() === end?.getTime() &&
    keys.every((key) => known[key] === rest[key])
  );
}

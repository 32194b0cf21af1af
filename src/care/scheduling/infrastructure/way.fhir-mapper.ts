import type { HealthcareService, PractitionerRole, Reference, Schedule, Slot } from 'fhir/r4.js';
import { referenceTo } from './visit.fhir-mapper.js';

/** One step of a way: the places and the practitioner that a record names, and where to look on when it names no place. */
export interface Step {
  locations: string[];
  practitioner: string | null;
  /** `Schedule/2`; null at the end of the way. */
  next: string | null;
}

export type Led = HealthcareService | PractitionerRole | Schedule | Slot;

/** A Slot is of a Schedule, a Schedule of whoever and whatever acts, a role may be in a service: no way comes back. */
export function stepOf(resource: Led): Step {
  switch (resource.resourceType) {
    case 'Slot':
      return { locations: [], practitioner: null, next: first('Schedule', [resource.schedule]) };
    case 'Schedule':
      return ofSchedule(resource);
    case 'PractitionerRole':
      return {
        locations: all('Location', resource.location),
        practitioner: first('Practitioner', [resource.practitioner]),
        next: first('HealthcareService', resource.healthcareService),
      };
    case 'HealthcareService':
      return { locations: all('Location', resource.location), practitioner: null, next: null };
  }
}

function ofSchedule({ actor }: Schedule): Step {
  return {
    locations: all('Location', actor),
    practitioner: first('Practitioner', actor),
    next: first('PractitionerRole', actor) ?? first('HealthcareService', actor),
  };
}

function all(type: string, references: unknown): string[] {
  const found = Array.isArray(references) ? (references as (Reference | null)[]) : [];
  return [...new Set(found.flatMap((one) => referenceTo(type, one?.reference) ?? []))];
}

function first(type: string, references: unknown): string | null {
  return all(type, references)[0] ?? null;
}

import type { Appointment, Bundle, Parameters, Resource } from 'fhir/r4.js';

/** The visits in an operation's answer: itself, in a Bundle, or in a Bundle within Parameters. */
export function visitsIn(answer: Resource | null | undefined): Appointment[] {
  switch (answer?.resourceType) {
    case 'Appointment':
      return [answer as Appointment];
    case 'Bundle':
      return ((answer as Bundle).entry ?? []).flatMap(({ resource }) => visitsIn(resource));
    case 'Parameters':
      return ((answer as Parameters).parameter ?? []).flatMap(({ resource }) => visitsIn(resource));
    default:
      return [];
  }
}

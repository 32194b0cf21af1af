import type { Appointment, FhirResource } from 'fhir/r4.js';
import { type Bases, parseReference } from './reference.js';
import { readInstant } from './row-checks.js';
import { contains, type Span } from './windows.js';

/** What was asked for: days, and perhaps `location`, `practitioner` or `patient` by its reference. */
interface Asking {
  span: Span;
  named: Readonly<Record<string, string | string[]>>;
  bases: Bases;
}

/** An answer that shows other visits than were asked for has dropped a filter, whatever it says. */
export function showsOthers(resources: readonly FhirResource[], asking: Asking): boolean {
  return visitsIn(resources).some((visit) => !isAskedFor(visit, asking));
}

function isAskedFor(visit: Appointment, { span, named, bases }: Asking): boolean {
  const start = readInstant(visit.start);
  if (start instanceof Date && !contains(span, start)) return false;
  const [wanted] = Object.values(named);
  if (wanted === undefined) return true;
  return actorsIn(visit, bases).some((actor) => actor === wanted);
}

/** Only those that can be judged: a spoiled row says nothing of a filter. */
function visitsIn(resources: readonly FhirResource[]): Appointment[] {
  return resources.filter(
    (one): one is Appointment => one.resourceType === 'Appointment' && Array.isArray(one.participant),
  );
}

function actorsIn({ participant }: Appointment, bases: Bases): string[] {
  return participant.flatMap((one) => {
    const key = parseReference(one?.actor?.reference, bases);
    return key ? [`${key.type}/${key.id}`] : [];
  });
}

const INCLUDED: Record<string, string> = {
  'Appointment:patient': 'Patient',
  'Appointment:practitioner': 'Practitioner',
  'Appointment:location': 'Location',
};

/** Which includes an answer honoured; null when no visit names anybody, so that nothing can be told. */
export function includesHonoured(
  asked: readonly string[],
  resources: readonly FhirResource[],
  bases: Bases,
): string[] | null {
  const named = new Set(visitsIn(resources).flatMap((visit) => actorsIn(visit, bases)));
  if (named.size === 0) return null;
  const there = new Set(resources.map(({ resourceType, id }) => `${resourceType}/${id}`));
  return asked.filter((include) => {
    const wanted = [...named].filter((key) => key.startsWith(`${INCLUDED[include]}/`));
    return wanted.length === 0 || wanted.some((key) => there.has(key));
  });
}

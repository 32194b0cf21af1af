import type { FhirResource } from 'fhir/r4.js';
import type { FollowedType } from './rows.js';

interface Step {
  name: string;
  list: boolean;
}

/** Elements that we read, as paths; `[]` marks a list of objects, everything else on the way is an object. */
const READ: Record<FollowedType, Step[][]> = {
  Patient: ['name[]', 'telecom[]', 'communication[].language.coding[]'].map(stepsOf),
  RelatedPerson: ['patient', 'relationship[].coding[]', 'telecom[]'].map(stepsOf),
  Practitioner: ['name[]'].map(stepsOf),
  Location: ['address', 'extension[]'].map(stepsOf),
  Appointment: ['participant[].actor', 'extension[]'].map(stepsOf),
};

/** Whether JSON that calls itself this type has another shape where we read it: then one row is bad, not the page. */
export function isMalformed(type: FollowedType, resource: FhirResource): boolean {
  return READ[type].some((path) => !fits(resource, path));
}

function stepsOf(path: string): Step[] {
  return path.split('.').map((step) => ({ name: step.replace('[]', ''), list: step.endsWith('[]') }));
}

function fits(value: unknown, path: Step[], place = 0): boolean {
  const step = path[place];
  if (!step) return true;
  const element = (value as Record<string, unknown>)[step.name];
  if (element === undefined) return true;
  if (!step.list) return isObject(element) && fits(element, path, place + 1);
  return Array.isArray(element) && element.every((item) => isObject(item) && fits(item, path, place + 1));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

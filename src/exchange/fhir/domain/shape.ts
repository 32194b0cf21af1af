import type { FhirResource } from 'fhir/r4.js';
import type { FollowedType } from './rows.js';

/** Elements that we read, as paths; `[]` marks a list of objects, everything else on the way is an object. */
const READ: Record<FollowedType, string[]> = {
  Patient: ['name[]', 'telecom[]', 'communication[].language.coding[]'],
  Practitioner: ['name[]'],
  Location: ['address', 'extension[]'],
  Appointment: ['participant[].actor', 'extension[]'],
};

/** Whether JSON that calls itself this type has another shape where we read it: then one row is bad, not the page. */
export function isMalformed(type: FollowedType, resource: FhirResource): boolean {
  return READ[type].some((path) => !fits(resource, path.split('.')));
}

function fits(value: unknown, [step, ...rest]: string[]): boolean {
  if (step === undefined) return true;
  const name = step.replace('[]', '');
  const element = (value as Record<string, unknown>)[name];
  if (element === undefined) return true;
  if (!step.endsWith('[]')) return isObject(element) && fits(element, rest);
  return Array.isArray(element) && element.every((item) => isObject(item) && fits(item, rest));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

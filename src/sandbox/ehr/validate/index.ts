import { type Issue, Refusal } from '../fhir/refusal.js';
import type { Resource, ResourceType } from '../resource.js';
import { appointmentIssues } from './appointment.js';
import { communicationIssues } from './communication.js';
import { plainIssues } from './plain.js';
import { patientIssues } from './patient.js';
import { shapeIssues } from './shape.js';
import { subscriptionIssues } from './subscription.js';

const rules: Partial<Record<ResourceType, (resource: Resource, before?: Resource) => Issue[]>> = {
  Appointment: appointmentIssues,
  Communication: communicationIssues,
  Patient: patientIssues,
  Subscription: subscriptionIssues,
};

/** What R4, or a move that a status may not make, forbids; `before` is the version it replaces. */
export function issuesOf(resource: Resource, before?: Resource): Issue[] {
  const { resourceType: type } = resource;
  const malformed = shapeIssues(resource, type);
  // The rules of a type may trust that the shape holds.
  return malformed.length > 0 ? malformed : (rules[type as ResourceType] ?? plainIssues)(resource, before);
}

/** Refuses with 422 what `issuesOf` finds. */
export function assertValid(resource: Resource, before?: Resource): void {
  const issues = issuesOf(resource, before);
  if (issues.length > 0) throw new Refusal(422, issues);
}

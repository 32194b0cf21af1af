import type { Meta } from 'fhir/r4.js';

/** Any FHIR resource as it came over the wire. */
export interface Resource {
  resourceType: string;
  id?: string;
  meta?: Meta;
  [element: string]: unknown;
}

/** A resource with its identity: the store gives every row id, version and time. */
export interface StoredResource extends Resource {
  id: string;
  meta: Meta & { versionId: string; lastUpdated: string };
}

export const resourceTypes = [
  'Patient',
  'Practitioner',
  'Location',
  'Appointment',
  'Communication',
  'RelatedPerson',
  'PractitionerRole',
  'HealthcareService',
  'Consent',
  'Schedule',
  'Slot',
  'CareTeam',
  'DocumentReference',
  'Observation',
  'QuestionnaireResponse',
  'Provenance',
  'AppointmentResponse',
  'Subscription',
  'Binary',
] as const;
export type ResourceType = (typeof resourceTypes)[number];

export function isResourceType(name: string | undefined): name is ResourceType {
  return resourceTypes.some((type) => type === name);
}

export const etag = ({ meta }: StoredResource): string => `W/"${meta.versionId}"`;

import type { Subscription } from 'fhir/r4.js';
import { isResourceType, type Resource, type ResourceType } from '../resource.js';

/** R4's own Subscription, or the R5 Subscriptions Backport (STU 1.1) on R4. */
export type SubscriptionKind = 'rest-hook' | 'backport';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';

/** The topics that this server has, and whose changes each is about. */
export const TOPICS: Record<string, ResourceType> = {
  'https://sandbox-ehr.example/SubscriptionTopic/appointment-changes': 'Appointment',
  'https://sandbox-ehr.example/SubscriptionTopic/patient-changes': 'Patient',
};

export function kindOf({ meta }: Resource): SubscriptionKind {
  return meta?.profile?.includes(`${BACKPORT}/backport-subscription`) ? 'backport' : 'rest-hook';
}

/** What a Subscription is about; `query` is empty where every change of the type counts. */
export function subjectOf(row: Resource): { type: ResourceType; query: string } | undefined {
  const { criteria = '' } = row as unknown as Subscription;
  const topic = kindOf(row) === 'backport' ? TOPICS[criteria] : undefined;
  if (topic) return { type: topic, query: '' };
  const [type, query = ''] = criteria.split('?');
  return kindOf(row) === 'rest-hook' && isResourceType(type) ? { type, query } : undefined;
}

/** Seconds after which silence is broken; undefined where nobody asked for that. */
export function heartbeatSeconds(row: Resource): number | undefined {
  return extensionOf(row, 'backport-heartbeat-period')?.valueUnsignedInt;
}

/** What every request to the endpoint carries: lines such as `Authorization: Bearer …`. */
export function headersOf(row: Resource): Record<string, string> {
  const { header = [] } = channelOf(row);
  return Object.fromEntries(
    header.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

export const channelOf = (row: Resource): Subscription['channel'] => (row as unknown as Subscription).channel;

const extensionOf = (row: Resource, name: string) =>
  channelOf(row).extension?.find(({ url }) => url === `${BACKPORT}/${name}`);

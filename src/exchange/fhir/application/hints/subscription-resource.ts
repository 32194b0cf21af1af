import type { Subscription } from 'fhir/r4.js';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';

export interface SubscriptionWish {
  kind: 'rest-hook' | 'backport';
  /** The canonical address of a SubscriptionTopic; for `backport`. */
  topic: string | null;
  endpoint: string;
  token: string;
}

/**
 * The Subscription that we ask an EHR for (R4 Subscription, and the R5 Subscriptions Backport STU 1.1 on R4). Id-only: no
 * record of a patient travels to an address that anyone can post to.
 */
export function subscriptionFor({ kind, topic, endpoint, token }: SubscriptionWish): Subscription {
  const channel = { type: 'rest-hook' as const, endpoint, header: [`Authorization: Bearer ${token}`] };
  const common = {
    resourceType: 'Subscription' as const,
    status: 'requested' as const,
    reason: 'CareThread follows appointments',
  };
  // Without a payload an R4 server posts an empty body: what changed is then looked for.
  if (kind === 'rest-hook') return { ...common, criteria: 'Appointment?', channel };
  return {
    ...common,
    meta: { profile: [`${BACKPORT}/backport-subscription`] },
    criteria: topic!,
    channel: {
      ...channel,
      payload: 'application/fhir+json',
      _payload: {
        extension: [{ url: `${BACKPORT}/backport-payload-content`, valueCode: 'id-only' }],
      },
      extension: [{ url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: HEARTBEAT_SECONDS }],
    },
  };
}

/** Silence of twice this is no silence any more but a loss. */
export const HEARTBEAT_SECONDS = 300;

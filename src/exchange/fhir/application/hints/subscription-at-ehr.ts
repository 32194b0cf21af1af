import type { Subscription } from 'fhir/r4.js';
import { isFhirId } from '../../domain/reference.js';
import { versionIdOf } from '../../domain/stamp.js';
import type { FhirClient } from '../../infrastructure/fhir-client.js';
import { FhirFault } from '../../infrastructure/fhir-fault.js';
import { pagesOf } from '../pages.js';
import { subscriptionFor, type SubscriptionWish } from './subscription-resource.js';

/**
 * The one that was made, by its id or, when the answer to its making got lost, by its address; null when there is none,
 * `untold` when this EHR does not let us look by address.
 */
export async function findSubscription(
  client: FhirClient,
  id: string | null,
  endpoint: string,
): Promise<Subscription | 'untold' | null> {
  const known = id === null ? null : await read(client, id);
  if (known?.channel?.endpoint === endpoint) return known;
  try {
    return await byAddress(client, endpoint);
  } catch (error) {
    if (error instanceof FhirFault && NOT_SEARCHED.has(error.status ?? 0)) return 'untold';
    throw error;
  }
}

/** Statuses by which a server says that it does not search Subscriptions, or not so. */
const NOT_SEARCHED = new Set([400, 403, 404, 405, 422, 501]);

/** Also where the filter is ignored: then all are shown. */
async function byAddress(client: FhirClient, endpoint: string): Promise<Subscription | null> {
  for await (const page of pagesOf(client, 'Subscription', { url: endpoint, _count: '50' })) {
    const ours = (page.resources as Subscription[]).find(
      ({ resourceType, channel }) => resourceType === 'Subscription' && channel?.endpoint === endpoint,
    );
    if (ours) return ours;
  }
  return null;
}

/** Whether it is the one that we would ask for now: a secret, a topic or a kind may have changed since. */
export function isAsWished({ criteria, channel }: Subscription, wish: SubscriptionWish): boolean {
  const wanted = subscriptionFor(wish);
  if (criteria !== wanted.criteria) return false;
  // Servers may keep headers to themselves.
  return channel.header === undefined || channel.header.join() === wanted.channel.header!.join();
}

/** Its id, when the EHR says one. */
export async function makeSubscription(client: FhirClient, wish: SubscriptionWish): Promise<string | null> {
  const { resource, location } = await client.create(subscriptionFor(wish));
  const id = resource?.id ?? /\/Subscription\/([^/?#]+)/.exec(location ?? '')?.[1];
  return isFhirId(id) ? id : null;
}

/** A server that gave up, or was told to, is asked again. */
export async function askAgain(
  client: FhirClient,
  present: Subscription,
  wish: SubscriptionWish,
): Promise<void> {
  await client.update({ ...subscriptionFor(wish), id: present.id! }, ifMatchOf(present));
}

export async function endSubscription(client: FhirClient, present: Subscription): Promise<void> {
  if (present.status !== 'off')
    await client.update({ ...present, status: 'off' }, ifMatchOf(present), present);
}

async function read(client: FhirClient, id: string): Promise<Subscription | null> {
  try {
    return (await client.read('Subscription', id)).resource as Subscription;
  } catch (error) {
    if (error instanceof FhirFault && [404, 410].includes(error.status ?? 0)) return null;
    throw error;
  }
}

/** Any version where the server names none: nobody but we change it. */
function ifMatchOf(present: Subscription): string {
  const version = versionIdOf(present);
  return version === null ? '*' : `W/"${version}"`;
}

import type { Bundle, BundleEntry, Parameters, ParametersParameter } from 'fhir/r4.js';
import type { StoredResource } from '../resource.js';
import { channelOf, headersOf } from './wish.js';

export interface HttpCall {
  method: 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

export interface ChangeEvent {
  /** Events of the Subscription so far, this one among them. */
  number: number;
  at: Date;
  /** `Appointment/1` */
  reference: string;
  /** Undefined where it was deleted. */
  row: StoredResource | undefined;
}

export interface Notice {
  kind: 'handshake' | 'heartbeat' | 'event-notification';
  subscription: StoredResource;
  /** The FHIR base under which the client knows this server. */
  base: string;
  eventsSoFar: number;
  event?: ChangeEvent;
}

const PROFILE =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4';
const FHIR_JSON = 'application/fhir+json';

/** Of an R4 rest-hook: nothing but the call, or, where a payload is wished for, the row as it is now. */
export function plainCall(subscription: StoredResource, { reference, row }: ChangeEvent): HttpCall {
  const { endpoint = '', payload } = channelOf(subscription);
  const headers = headersOf(subscription);
  if (payload === undefined) return { method: 'POST', url: endpoint, headers };
  return {
    method: 'PUT',
    url: `${endpoint}/${reference}`,
    headers: { ...headers, 'content-type': FHIR_JSON },
    body: JSON.stringify(row),
  };
}

/** Of the backport: a Bundle of history whose first entry is the status, and which names records by their ids alone. */
export function noticeCall(notice: Notice): HttpCall {
  const { subscription } = notice;
  return {
    method: 'POST',
    url: channelOf(subscription).endpoint ?? '',
    headers: { ...headersOf(subscription), 'content-type': FHIR_JSON },
    body: JSON.stringify(bundleOf(notice)),
  };
}

function bundleOf(notice: Notice): Bundle {
  const { base, subscription, event } = notice;
  const status = `${base}/Subscription/${subscription.id}/$status`;
  return {
    resourceType: 'Bundle',
    type: 'history',
    timestamp: (event?.at ?? new Date(subscription.meta.lastUpdated)).toISOString(),
    entry: [
      {
        resource: statusOf(notice),
        request: { method: 'GET', url: status },
        response: { status: '200' },
      },
      ...(event ? [entryOf(base, event)] : []),
    ],
  };
}

function entryOf(base: string, { reference, row }: ChangeEvent): BundleEntry {
  return {
    fullUrl: `${base}/${reference}`,
    request: { method: row ? 'PUT' : 'DELETE', url: reference },
    response: { status: row ? '200' : '204' },
  };
}

function statusOf({ kind, base, subscription, eventsSoFar, event }: Notice): Parameters {
  const { criteria } = subscription as unknown as { criteria: string };
  return {
    resourceType: 'Parameters',
    meta: { profile: [PROFILE] },
    parameter: [
      {
        name: 'subscription',
        valueReference: { reference: `${base}/Subscription/${subscription.id}` },
      },
      { name: 'topic', valueCanonical: criteria },
      { name: 'status', valueCode: kind === 'handshake' ? 'requested' : 'active' },
      { name: 'type', valueCode: kind },
      { name: 'events-since-subscription-start', valueString: String(eventsSoFar) },
      ...(event ? [eventOf(base, event)] : []),
    ],
  };
}

function eventOf(base: string, { number, at, reference }: ChangeEvent): ParametersParameter {
  return {
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      { name: 'timestamp', valueInstant: at.toISOString() },
      { name: 'focus', valueReference: { reference: `${base}/${reference}` } },
    ],
  };
}

import type { Subscription } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { kindOf, subjectOf } from '../subscriptions/wish.js';
import { invalid, missing, unless } from './issue.js';
import { unknownElementIssues } from './shape.js';

/** R4: a client asks for `requested` or `off`; what else it becomes is the server's to say. */
const ASKED = ['requested', 'off'];

export function subscriptionIssues(resource: Resource, before?: Resource): Issue[] {
  const { status, channel } = resource as unknown as Partial<Subscription>;
  const required = ['status', 'reason', 'criteria', 'channel'].filter((name) => !(name in resource));
  if (required.length > 0) return required.map((name) => missing(`Subscription.${name}`));
  return [
    ...unknownElementIssues(resource, 'contact end reason criteria error channel'),
    ...unless(
      ASKED.includes(status!) || status === before?.status,
      invalid('Subscription.status', 'A client asks for requested or off'),
    ),
    ...unless(
      channel?.type === 'rest-hook',
      invalid('Subscription.channel.type', 'This server speaks rest-hook alone'),
    ),
    ...unless(
      /^https?:\/\//.test(channel?.endpoint ?? ''),
      invalid('Subscription.channel.endpoint', 'A rest-hook needs an address'),
    ),
    ...unless(
      subjectOf(resource) !== undefined,
      invalid(
        'Subscription.criteria',
        kindOf(resource) === 'backport'
          ? 'There is no such topic here'
          : 'A search of a known type is needed',
      ),
    ),
  ];
}

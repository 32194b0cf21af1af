import type { Sought } from './lookup.js';
import type { ResourceWrite, WrittenResource } from './writes.js';

/** By what a write may be found again beside its identifier. */
export interface Told {
  /** `Patient/1` */
  subject: string | null;
  recipient: string | null;
  at: Date | null;
}

export function toldBy(resource: WrittenResource): Told {
  return { subject: subjectOf(resource), recipient: recipientOf(resource), at: timeOf(resource) };
}

/**
 * What to look for when this may have been written: from the day that it tells of, or it was sent, until now, under
 * everybody whom it may have been sent about.
 */
export function soughtOf(
  { identifier, resource }: Pick<ResourceWrite, 'identifier' | 'resource'>,
  { postedAt, now, subjects }: { postedAt: Date | null; now: Date; subjects: readonly string[] },
): Sought {
  const times = [timeOf(resource), postedAt, now].filter((time) => time !== null);
  const instants = times.map((time) => time.getTime());
  return {
    type: resource.resourceType,
    identifier,
    subjects,
    recipient: recipientOf(resource),
    from: new Date(Math.min(...instants)),
    to: new Date(Math.max(...instants)),
  };
}

/** `Patient/1`; of a Provenance its target. */
function subjectOf(resource: WrittenResource): string | null {
  if (resource.resourceType === 'Provenance') return resource.target[0]?.reference ?? null;
  return resource.subject?.reference ?? null;
}

function recipientOf(resource: WrittenResource): string | null {
  return resource.resourceType === 'Communication' ? (resource.recipient?.[0]?.reference ?? null) : null;
}

/** When a message was received, as it says. */
function timeOf(resource: WrittenResource): Date | null {
  const time = resource.resourceType === 'Communication' ? (resource.received ?? resource.sent) : undefined;
  return time === undefined ? null : new Date(time);
}

import type { Capabilities } from './capabilities.js';
import { tokenOf } from './written-match.js';
import type { BusinessIdentifier, WrittenType } from './writes.js';

/** What is known of a resource that may be in the EHR. */
export interface Sought {
  type: WrittenType;
  identifier: BusinessIdentifier;
  /** `Patient/1`; of a Provenance its target. */
  subject: string | null;
  /** `Group/2`: one of those who got it. */
  recipient: string | null;
  /** When it was or may have been sent or received. */
  from: Date;
  to: Date;
}

export type Query = Record<string, string | string[]>;

/** Clocks and zones of others, and a message that lay in a queue. */
const SLACK_MS = 86_400_000;

/** What a message's mail can be at Oracle Health (fhir.cerner.com, Communication, email-status): any of them. */
const EMAIL_STATES = 'received,in-progress,completed';

/** Our category: the only one of ours that Oracle Health takes. */
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/communication-category|notification';

/**
 * The searches that may show it, best first: the next is for where the one before is refused or ignored. Empty when no
 * search of this EHR can.
 */
export function queriesFor(capabilities: Capabilities, sought: Sought): Query[] {
  if (sought.type === 'Communication') return forCommunication(capabilities, sought);
  if (!capabilities.reads.includes(sought.type)) return [];
  if (sought.type === 'Provenance') return sought.subject === null ? [] : [{ target: sought.subject }];
  return [{ identifier: tokenOf(sought.identifier) }, ...ofPatient(sought)];
}

function forCommunication({ communicationSearch }: Capabilities, sought: Sought): Query[] {
  if (communicationSearch === 'none') return [];
  if (communicationSearch === 'recipient') return toRecipient(sought);
  // Epic lists the identifier and takes it only beside a patient.
  const byIdentifier = { identifier: tokenOf(sought.identifier) };
  return [...(communicationSearch === 'identifier' ? [byIdentifier] : []), ...ofPatient(sought)];
}

/** Where a patient has more than an EHR shows at once, only those of these days. */
function ofPatient(sought: Sought): Query[] {
  if (sought.subject === null) return [];
  const [from, to] = daysOf(sought);
  return [{ patient: sought.subject }, { patient: sought.subject, sent: [`ge${from}`, `le${to}`] }];
}

function toRecipient(sought: Sought): Query[] {
  if (sought.recipient === null) return [];
  const [from, to] = daysOf(sought);
  const query = { category: CATEGORY, recipient: sought.recipient, received: [`ge${from}`, `lt${to}`] };
  return [{ ...query, '-email-status': EMAIL_STATES }, query];
}

/** Of ours in one search; with more the address of the search grows too long for some gateways (8 kB). */
const TOGETHER = 20;

/** Many Communications in few searches: each group is what one search is to show. */
export function groupsFor(
  search: Capabilities['communicationSearch'],
  all: readonly Sought[],
): { queries: Query[]; sought: Sought[] }[] {
  if (search === 'none') return [];
  if (search === 'identifier')
    return chunksOf(all).map((sought) => ({ sought, queries: [together(sought)] }));
  const by = search === 'recipient' ? recipientOf : subjectOf;
  return [...groupedBy(all, by).values()].map((sought) => {
    const days = { from: earliest(sought), to: latest(sought) };
    const whole = { ...sought[0]!, ...days };
    return { sought, queries: search === 'recipient' ? toRecipient(whole) : ofPatient(whole) };
  });
}

function together(sought: readonly Sought[]): Query {
  return { identifier: sought.map(({ identifier }) => tokenOf(identifier)).join(',') };
}

function chunksOf(all: readonly Sought[]): Sought[][] {
  const chunks: Sought[][] = [];
  for (let at = 0; at < all.length; at += TOGETHER) chunks.push(all.slice(at, at + TOGETHER));
  return chunks;
}

function groupedBy(all: readonly Sought[], by: (one: Sought) => string | null): Map<string, Sought[]> {
  const groups = new Map<string, Sought[]>();
  for (const one of all) {
    const key = by(one);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}

const recipientOf = ({ recipient }: Sought): string | null => recipient;
const subjectOf = ({ subject }: Sought): string | null => subject;
const earliest = (all: readonly Sought[]): Date =>
  new Date(Math.min(...all.map(({ from }) => from.getTime())));
const latest = (all: readonly Sought[]): Date => new Date(Math.max(...all.map(({ to }) => to.getTime())));

function daysOf({ from, to }: Sought): [string, string] {
  const at = (time: Date, slackMs: number): string => new Date(time.getTime() + slackMs).toISOString();
  return [at(from, -SLACK_MS), at(to, SLACK_MS)];
}

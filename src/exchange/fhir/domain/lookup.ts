import type { Capabilities } from './capabilities.js';
import { tokenOf } from './written-match.js';
import type { BusinessIdentifier, WrittenType } from './writes.js';

/** What is known of a resource that may be in the EHR. */
export interface Sought {
  type: WrittenType;
  identifier: BusinessIdentifier;
  /** `Patient/1`: everybody under whom it may lie; of a Provenance its target. */
  subjects: readonly string[];
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

/** One search, best form first: the next is for where the one before is refused or ignored. */
export type Forms = Query[];

/**
 * The ways that may show it, the best first; a way is all of its searches, one for each patient under whom it may lie.
 * Empty when no search of this EHR can.
 */
export function waysTo(capabilities: Capabilities, sought: Sought): Forms[][] {
  return waysOf(capabilities, sought).filter((searches) => searches.length > 0);
}

function waysOf({ communicationSearch, reads }: Capabilities, sought: Sought): Forms[][] {
  const byIdentifier: Forms[] = [[{ identifier: tokenOf(sought.identifier) }]];
  const byPatient = sought.subjects.map((subject) => ofPatient(subject, sought));
  if (sought.type !== 'Communication') {
    if (!reads.includes(sought.type)) return [];
    if (sought.type === 'Provenance') return [sought.subjects.map((target) => [{ target }])];
    return [byIdentifier, byPatient];
  }
  if (communicationSearch === 'none') return [];
  if (communicationSearch === 'recipient') return [toRecipient(sought)];
  // Epic lists the identifier and takes it only beside a patient.
  return communicationSearch === 'identifier' ? [byIdentifier, byPatient] : [byPatient];
}

/** Where a patient has more than an EHR shows at once, only those of these days. */
function ofPatient(patient: string, days: Pick<Sought, 'from' | 'to'>): Forms {
  const [from, to] = daysOf(days);
  return [{ patient }, { patient, sent: [`ge${from}`, `le${to}`] }];
}

function toRecipient(sought: Sought): Forms[] {
  return sought.recipient === null ? [] : [ofRecipient(sought.recipient, sought)];
}

function ofRecipient(recipient: string, days: Pick<Sought, 'from' | 'to'>): Forms {
  const [from, to] = daysOf(days);
  const query = { category: CATEGORY, recipient, received: [`ge${from}`, `lt${to}`] };
  return [{ ...query, '-email-status': EMAIL_STATES }, query];
}

/** Of ours in one search; with more the address of the search grows too long for some gateways (8 kB). */
const TOGETHER = 20;

/** Many Communications in few searches: each group is what one search is to show. */
export function groupsFor(
  search: Capabilities['communicationSearch'],
  all: readonly Sought[],
): { forms: Forms; sought: Sought[] }[] {
  if (search === 'none') return [];
  if (search === 'identifier') return chunksOf(all).map((sought) => ({ sought, forms: [together(sought)] }));
  const [by, formsOf] = search === 'recipient' ? [recipientsOf, ofRecipient] : [subjectsOf, ofPatient];
  return [...groupedBy(all, by)].map(([who, sought]) => ({
    sought,
    forms: formsOf(who, { from: earliest(sought), to: latest(sought) }),
  }));
}

function together(sought: readonly Sought[]): Query {
  return { identifier: sought.map(({ identifier }) => tokenOf(identifier)).join(',') };
}

function chunksOf(all: readonly Sought[]): Sought[][] {
  const chunks: Sought[][] = [];
  for (let at = 0; at < all.length; at += TOGETHER) chunks.push(all.slice(at, at + TOGETHER));
  return chunks;
}

function groupedBy(all: readonly Sought[], by: (one: Sought) => readonly string[]): Map<string, Sought[]> {
  const groups = new Map<string, Sought[]>();
  for (const one of all) {
    for (const key of by(one)) groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}

const recipientsOf = ({ recipient }: Sought): string[] => (recipient === null ? [] : [recipient]);
const subjectsOf = ({ subjects }: Sought): readonly string[] => subjects;
const earliest = (all: readonly Sought[]): Date =>
  new Date(Math.min(...all.map(({ from }) => from.getTime())));
const latest = (all: readonly Sought[]): Date => new Date(Math.max(...all.map(({ to }) => to.getTime())));

function daysOf({ from, to }: Pick<Sought, 'from' | 'to'>): [string, string] {
  const at = (time: Date, slackMs: number): string => new Date(time.getTime() + slackMs).toISOString();
  return [at(from, -SLACK_MS), at(to, SLACK_MS)];
}

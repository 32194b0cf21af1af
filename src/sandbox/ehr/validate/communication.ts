import type { Communication, CommunicationPayload } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { badValue, invalid, missing, unless } from './issue.js';
import { attachmentIssues } from './attachment.js';
import { list } from './list.js';
import { referenceIssues, unknownElementIssues } from './shape.js';
import { dateTimeIssues } from './times.js';

const elements =
  'instantiatesCanonical instantiatesUri basedOn partOf inResponseTo statusReason category priority medium subject ' +
  'topic about encounter sent received recipient sender reasonCode reasonReference payload note';
const statuses = 'preparation in-progress not-done on-hold stopped completed entered-in-error unknown'.split(
  ' ',
);
const people = [
  'Device',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'RelatedPerson',
  'HealthcareService',
];
const contents = ['contentString', 'contentAttachment', 'contentReference'];

export function communicationIssues(resource: Resource): Issue[] {
  const { status, sent, received, subject, sender, recipient, payload } =
    resource as unknown as Communication;
  return [
    ...unknownElementIssues(resource, elements),
    ...(status === undefined
      ? [missing('Communication.status')]
      : unless(statuses.includes(status), badValue('Communication.status', 'Not in the value set'))),
    ...dateTimeIssues(sent, 'Communication.sent'),
    ...dateTimeIssues(received, 'Communication.received'),
    ...referenceIssues(subject?.reference, 'Communication.subject', ['Patient', 'Group']),
    ...referenceIssues(sender?.reference, 'Communication.sender', people),
    ...list(recipient).flatMap((who, n) =>
      referenceIssues(who?.reference, `Communication.recipient[${n}]`, [...people, 'Group', 'CareTeam']),
    ),
    ...list(payload).flatMap((part, n) => payloadIssues(part, `Communication.payload[${n}]`)),
  ];
}

function payloadIssues(payload: CommunicationPayload, path: string): Issue[] {
  const given = contents.filter((name) => name in (payload ?? {}));
  return [
    ...unless(given.length === 1, invalid(path, `${path} needs exactly one content[x]`)),
    ...attachmentIssues(payload?.contentAttachment, `${path}.contentAttachment`),
  ];
}

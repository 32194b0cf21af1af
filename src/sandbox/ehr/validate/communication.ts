import type { Attachment, Communication, CommunicationPayload } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { badValue, invalid, missing, unless } from './issue.js';
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

const list = <T>(value: T[] | undefined): T[] => (Array.isArray(value) ? value : []);

function payloadIssues(payload: CommunicationPayload, path: string): Issue[] {
  const given = contents.filter((name) => name in (payload ?? {}));
  return [
    ...unless(given.length === 1, invalid(path, `${path} needs exactly one content[x]`)),
    ...attachmentIssues(payload?.contentAttachment, `${path}.contentAttachment`),
  ];
}

function attachmentIssues(attachment: Attachment | undefined, path: string): Issue[] {
  if (attachment?.data === undefined) return [];
  const { contentType, data } = attachment;
  return [
    ...unless(contentType !== undefined, invalid(path, 'att-1: data needs a contentType')),
    ...unless(isBase64(data), badValue(`${path}.data`, 'Not base64')),
  ];
}

const isBase64 = (data: unknown): boolean =>
  typeof data === 'string' &&
  data.replace(/\s/g, '').length % 4 === 0 &&
  /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data);

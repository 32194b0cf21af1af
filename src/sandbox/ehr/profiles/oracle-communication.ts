import type { CodeableConcept, Communication, Reference } from 'fhir/r4.js';
import type { Resource, StoredResource } from '../resource.js';
import { EMAIL_STATUS } from '../search/parameters.js';
import { invalid, unless } from '../validate/issue.js';
import type { PatchStep, VendorIssue } from './profile.js';

const plain = ['text/plain', 'application/xhtml+xml'];
/** Of the HL7 code system; one SNOMED code is taken too. */
const categories = ['notification', 'reminder'];
const SNOMED = 'http://snomed.info/sct';

const refersTo = (who: Reference | undefined, types: string[]): boolean =>
  types.some((type) => who?.reference?.includes(`${type}/`));

/** A Communication is a message of the Message Center: one text, from a Practitioner to Practitioners or Groups. */
export function messageIssues(resource: Resource): VendorIssue[] {
  const { status, payload, sender, recipient = [], category } = resource as unknown as Communication;
  const known = recipient.length > 0 && recipient.every((who) => refersTo(who, ['Practitioner', 'Group']));
  return [
    ...unless(status === 'completed', message('status', 'All messages are completed')),
    ...unless(
      isOneText(payload),
      message('payload', 'Exactly one attachment of text/plain or application/xhtml+xml'),
    ),
    ...unless(
      isKnownCategory(category),
      message('category', 'Exactly one category: notification, reminder or a SNOMED code'),
    ),
    ...unless(refersTo(sender, ['Practitioner']), message('sender', 'The sender is a Practitioner')),
    ...unless(known, message('recipient', 'Recipients are Practitioners or Groups')),
  ];
}

function isOneText(payload: Communication['payload'] = []): boolean {
  const contentType = payload[0]?.contentAttachment?.contentType?.split(';')[0] ?? '';
  return payload.length === 1 && plain.includes(contentType);
}

function isKnownCategory(category: CodeableConcept[] = []): boolean {
  const codings = category.flatMap(({ coding = [] }) => coding);
  const known = codings.some(({ system, code = '' }) => system === SNOMED || categories.includes(code));
  return category.length === 1 && known;
}

/** fhir.cerner.com, communication_patch.yaml: the extension that holds the status of the mail. */
export function messagePatchIssues(steps: PatchStep[]): VendorIssue[] {
  const known = steps.every(({ path }) => path === '/extension' || path.startsWith('/extension/'));
  return unless(known, {
    ...message('extension', 'A patch of Communication may touch /extension only'),
    row: 'PATCH',
  });
}

function message(element: string, why: string): VendorIssue {
  return { ...invalid(`Communication.${element}`, why), row: 'Communication' };
}

/** A message has mail, which nobody has opened yet. */
export function withMailStatus(created: Resource): Resource {
  const { extension = [] } = created as unknown as Communication;
  if (extension.some(({ url }) => url === EMAIL_STATUS)) return created;
  const coding = [{ system: 'http://hl7.org/fhir/task-status', code: 'received' }];
  return { ...created, extension: [...extension, { url: EMAIL_STATUS, valueCodeableConcept: { coding } }] };
}

const shown = new WeakMap<StoredResource, StoredResource>();

/** In a search the text is not there, but the Binary that holds it. */
export function showMessage(row: StoredResource): StoredResource {
  const known = shown.get(row);
  if (known) return known;
  const { payload = [] } = row as unknown as Communication;
  const without = payload.map((part, n) =>
    part.contentAttachment ? { contentReference: { reference: `Binary/${row.id}-${n}` } } : part,
  );
  const messageShown = { ...row, ...(payload.length > 0 && { payload: without }) };
  shown.set(row, messageShown);
  return messageShown;
}

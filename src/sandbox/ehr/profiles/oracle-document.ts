import type { DocumentReference } from 'fhir/r4.js';
import type { Resource } from '../resource.js';
import { invalid, unless } from '../validate/issue.js';
import type { VendorIssue } from './profile.js';

const taken = [
  'application/pdf',
  'text/plain',
  'text/rtf',
  'text/richtext',
  'text/html',
  'application/xml',
  'application/xhtml+xml',
];

/** One final document of a type that the record can show. */
export function documentIssues(resource: Resource): VendorIssue[] {
  const { content = [], docStatus } = resource as unknown as DocumentReference;
  const contentType = content[0]?.attachment.contentType?.split(';')[0] ?? '';
  return [
    ...unless(docStatus === 'final', issue('docStatus', 'docStatus is final')),
    ...unless(
      content.length === 1 && taken.includes(contentType),
      issue('content', `Exactly one content of ${taken.join(', ')}`),
    ),
  ];
}

const issue = (element: string, why: string): VendorIssue => ({
  ...invalid(`DocumentReference.${element}`, why),
  row: 'Other write targets',
});

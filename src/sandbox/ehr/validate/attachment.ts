import type { Attachment } from 'fhir/r4.js';
import type { Issue } from '../fhir/refusal.js';
import { badValue, invalid, unless } from './issue.js';

export function attachmentIssues(attachment: Attachment | undefined, path: string): Issue[] {
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

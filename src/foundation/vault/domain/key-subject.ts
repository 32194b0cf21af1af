import type { Uuid } from '../../../platform/ids/ids.js';

/** Whose key seals a thing. A contact is a WhatsApp address. */
export type KeySubject =
  { kind: 'organization' } | { kind: 'patient'; id: Uuid } | { kind: 'contact'; id: Uuid };

/** Where an envelope lies: it opens nowhere else. */
export interface Place {
  /** With its schema: `messaging.message`. */
  table: string;
  column: string;
  row: Uuid;
}

/** A subject as the key table knows it: an organization's own key goes under the organization's id. */
export interface SubjectKey {
  kind: KeySubject['kind'];
  id: Uuid;
}

export function subjectKeyOf(organizationId: Uuid, subject: KeySubject): SubjectKey {
  return { kind: subject.kind, id: subject.kind === 'organization' ? organizationId : subject.id };
}

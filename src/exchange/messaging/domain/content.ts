import type { Uuid } from '../../../platform/ids/ids.js';
import type { Purpose } from '../../consent/index.js';

/** What a message says. Every text is as the patient reads it; payloads and tokens come back with a tap. */
export type Content =
  | {
      kind: 'template';
      name: string;
      /** As Meta names it: `en_US`. */
      language: string;
      /** One text per body parameter, in the order of the template. */
      body: string[];
      /** One payload per quick reply, in the order of the template. */
      buttons: string[];
    }
  | { kind: 'text'; text: string }
  | { kind: 'buttons'; text: string; buttons: { token: string; title: string }[] };

export type Origin = 'reminder' | 'reply' | 'notice';

export interface SendRequest {
  origin: Origin;
  /** Unique per origin: the same key is the same message, never a second one. */
  originKey: string;
  addressId: Uuid;
  patientId: Uuid | null;
  purpose: Purpose;
  /** The visit that it speaks of: cancelling that visit stops the message. */
  visitId?: Uuid;
  content: Content;
  /** Not begun after this instant. */
  usefulUntil: Date;
  /** The number that it goes out from; left out: the organization's first. */
  accountId?: Uuid;
}

/** The same kind of message, which says nothing any more and whose buttons lead nowhere. */
export function emptied(content: Content): Content {
  if (content.kind === 'template') return { ...content, body: [], buttons: [] };
  if (content.kind === 'buttons') return { ...content, text: '', buttons: [] };
  return { ...content, text: '' };
}

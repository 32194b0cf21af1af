import type { Uuid } from '../../../platform/ids/ids.js';

/** Idle time after which a conversation ends: the length of Meta's customer service window, so that both end together. */
export const IDLE_HOURS = 24;

/** How far back a new conversation looks for what we wrote before the patient did: a reminder three days ahead. */
export const LOOK_BACK_HOURS = 72;

/** `other-patient`: a button proved that the next message is about somebody else on the same address; `erased`: its patient was. */
export type CloseReason = 'idle' | 'staff' | 'other-patient' | 'erased';

/** The messages with one address on one of our numbers, about one patient. At most one is open. */
export interface Conversation {
  id: Uuid;
  addressId: Uuid;
  accountId: Uuid;
  /** Null until a token or staff names the person. */
  patientId: Uuid | null;
  state: 'open' | 'closed';
  closeReason: CloseReason | null;
  /** The opaque id of the person who owns it: then no automation answers. */
  assignee: string | null;
  /** Since when it waits for a person. */
  waitingSince: Date | null;
  openedAt: Date;
  lastMessageAt: Date;
  closedAt: Date | null;
  version: number;
}

export type Author = 'patient' | 'automation' | 'staff';

/** A message's place in a conversation. Its text stays with messaging. */
export interface Entry {
  messageId: Uuid;
  conversationId: Uuid;
  direction: 'inbound' | 'outbound';
  by: Author;
  at: Date;
}

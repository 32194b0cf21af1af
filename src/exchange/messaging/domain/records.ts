import type { Uuid } from '../../../platform/ids/ids.js';
import type { Content, Origin } from './content.js';
import type { MessageState } from './message.states.js';

export type ReceivedKind = 'text' | 'button' | 'interactive' | 'other';

/** A message from a patient's phone. */
export interface Received {
  id: Uuid;
  addressId: Uuid;
  accountId: Uuid;
  /** Meta's timestamp. */
  at: Date;
  kind: ReceivedKind;
  text: string | null;
  /** The payload of the button or list row that was tapped. */
  token: string | null;
  /** Our message that it quotes or answers. */
  replyTo: Uuid | null;
}

/** A message of ours, unopened. */
export type Outline = Pick<
  Sent,
  'id' | 'addressId' | 'accountId' | 'patientId' | 'origin' | 'originKey' | 'acceptedAt'
>;

/** A contact at one of our numbers, in `from` ≤ time < `to`. */
export interface Stretch {
  addressId: Uuid;
  accountId: Uuid;
  from: Date;
  to: Date;
}

/** Whose a received message was proved to be. */
export interface Attribution {
  receivedId: Uuid;
  patientId: Uuid;
}

/** Where a message of ours stands: codes and ids, nothing of its content. */
export interface Fate {
  messageId: Uuid;
  origin: Origin;
  originKey: string;
  state: MessageState;
  /** Why it waits or did not arrive; `meta-131026` when Meta said so. */
  reason: string | null;
}

/** A message of ours, whatever became of it. */
export interface Sent {
  id: Uuid;
  addressId: Uuid;
  accountId: Uuid;
  patientId: Uuid | null;
  origin: Origin;
  originKey: string;
  state: MessageState;
  reason: string | null;
  /** Meta's error code. */
  failureCode: number | null;
  content: Content;
  /** As the patient reads it. */
  text: string;
  createdAt: Date;
  acceptedAt: Date | null;
  sentAt: Date | null;
  /** The time of `read` where Meta left `delivered` out. */
  deliveredAt: Date | null;
  readAt: Date | null;
  wamid: string | null;
}

export type Exchanged = ({ direction: 'inbound' } & Received) | ({ direction: 'outbound' } & Sent);

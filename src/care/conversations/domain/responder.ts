import type { Context } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Received } from '../../../exchange/messaging/index.js';

export type Inbound = Received & { conversationId: Uuid };

export interface Answer {
  /** The patient whom the message proves, for example by a button token. */
  patientId?: Uuid;
  outcome?: { code: string; appointmentId?: Uuid };
}

/** Somebody who can answer what a patient wrote or tapped. The lowest order is asked first. */
export interface Responder {
  name: string;
  order: number;
  match(ctx: Context, inbound: Inbound): Promise<boolean>;
  /**
   * Runs in a transaction that holds the conversation; it may run again after a failure, so it must be idempotent.
   * It sends its own replies through messaging and calls no outside system.
   */
  answer(ctx: Context, inbound: Inbound): Promise<Answer>;
}

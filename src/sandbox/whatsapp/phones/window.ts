import type { Conversation } from '../model.js';

const CUSTOMER_SERVICE_WINDOW_MS = 24 * 60 * 60 * 1000;

/** Open for exactly 24 hours from the timestamp of the patient's last message; at the 24th hour it is closed. */
export const isWindowOpen = (conversation: Conversation, now: Date): boolean =>
  conversation.lastInboundAt !== undefined &&
  now.getTime() < conversation.lastInboundAt + CUSTOMER_SERVICE_WINDOW_MS;

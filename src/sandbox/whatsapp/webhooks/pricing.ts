import type { OutboundMessage } from '../model.js';

// From this day service messages, and utility templates inside the customer service window, are charged too.
const REPLIES_CHARGED_FROM = Date.parse('2026-10-01T00:00:00Z');

export function pricingOf(message: OutboundMessage): object {
  const freeReply = message.windowOpen && (message.category === 'service' || message.category === 'utility');
  const billable = !freeReply || message.at.getTime() >= REPLIES_CHARGED_FROM;
  return {
    billable,
    pricing_model: 'PMP',
    type: billable ? 'regular' : 'free_customer_service',
    category: message.category,
  };
}

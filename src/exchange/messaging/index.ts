export { MessagingModule } from './messaging.module.js';
export { MessagingFacade } from './messaging.facade.js';
export type { Content, Origin, SendRequest } from './domain/content.js';
export type { MessageState } from './domain/message.states.js';
export type { Exchanged, Received, ReceivedKind, Sent } from './domain/records.js';
export type { Explanation, SendReceipt } from './application/hand-in.js';
export type { OfferedTemplate } from './application/templates.js';
export type { CustomerServiceWindow } from './domain/window.policy.js';

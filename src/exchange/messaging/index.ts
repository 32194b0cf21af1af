export { MessagingModule } from './messaging.module.js';
export { MessagingFacade } from './messaging.facade.js';
export type { Content, SendRequest } from './domain/content.js';
export type { MessageState } from './domain/message.states.js';
export type { Exchanged, Received, Sent } from './domain/records.js';
export type { SendReceipt } from './application/hand-in.js';
export type { OfferedTemplate } from './application/templates.js';
export type { AccountState } from './application/accounts.js';
export { SEND_BATCH } from './application/work-outbox.js';

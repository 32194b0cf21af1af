export { ConversationsModule } from './conversations.module.js';
export { ConversationsFacade } from './conversations.facade.js';
export type { Answer, Inbound, Responder } from './domain/responder.js';
export type { NewOutcome, Transcript, TranscriptEntry } from './domain/transcript.js';

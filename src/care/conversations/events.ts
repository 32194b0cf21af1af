/** A conversation ended, once. Ids: conversation ids. */
export const ConversationClosed = 'conversations.closed';

/** A person must take over: the work list holds it too. Ids: conversation ids. */
export const HandOverRequested = 'conversations.hand-over-requested';

/** Staff named the patient of a conversation that had closed without one. Ids: conversation ids. */
export const PatientNamed = 'conversations.patient-named';

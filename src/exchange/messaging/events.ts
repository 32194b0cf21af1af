/** ids: received message ids. STOP words are published too; messaging itself acts on them. */
export const MessageReceived = 'messaging.received';

/** ids: message ids whose state moved. */
export const MessageStatusChanged = 'messaging.status-changed';

/** ids: message ids whose fate stayed unknown: a person decides. */
export const MessageParked = 'messaging.parked';

/** ids: account ids whose channel was held or opened again. */
export const ChannelHealthChanged = 'messaging.channel-health-changed';

/** ids: received message ids whose whole text is an opt-out word. */
export const StopReceived = 'messaging.stop-received';

/** A key is gone for ever, and with it all that it had sealed. Ids: the key subjects' ids. */
export const KeyDestroyed = 'vault.key-destroyed';

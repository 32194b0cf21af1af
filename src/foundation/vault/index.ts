export { VaultModule } from './vault.module.js';
export { VaultFacade } from './vault.facade.js';
export type { Keys } from './application/keys.js';
export type { DestroyedEpochs } from './application/destroy-epochs.js';
export type { KeysState } from './application/keys-status.js';
export type { Rewrapped } from './application/rewrap.js';
export type { EpochState } from './domain/epoch.policy.js';
export type { EscrowRecipient, RecordContent } from './application/record-envelope.js';
export type { KeySubject, Place } from './domain/key-subject.js';

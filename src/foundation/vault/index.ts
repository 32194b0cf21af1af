export { VaultModule } from './vault.module.js';
export { VaultFacade } from './vault.facade.js';
export type { Keys } from './application/keys.js';
export type { RecordContent } from './application/record-envelope.js';
export type { KeySubject, Place } from './domain/key-subject.js';

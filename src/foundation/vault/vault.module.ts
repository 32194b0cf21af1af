import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { KeyringModule } from '../../platform/keyring/keyring.module.js';
import { AuditModule } from '../audit/index.js';
import { BlindIndex } from './application/blind-index.js';
import { DataKeyCache } from './application/data-key-cache.js';
import { DataKeys } from './application/data-keys.js';
import { DestroyEpochs } from './application/destroy-epochs.js';
import { Epochs } from './application/epochs.js';
import { KeyRoom } from './application/key-room.js';
import { KeyringRegistration } from './application/keyring-registration.js';
import { KeysStatus } from './application/keys-status.js';
import { OpenFailures } from './application/open-failures.js';
import { RecordEnvelope } from './application/record-envelope.js';
import { Rewrap } from './application/rewrap.js';
import { Rotate } from './application/rotate.js';
import { Shred } from './application/shred.js';
import { Unwrapping } from './application/unwrapping.js';
import { DataKeyEntity } from './infrastructure/data-key.entity.js';
import { DataKeyRepository } from './infrastructure/data-key.repository.js';
import { EpochsRepository } from './infrastructure/epochs.repository.js';
import { KeyringEntity } from './infrastructure/keyring.entity.js';
import { ShredListener } from './infrastructure/shred-listener.js';
import { VaultFacade } from './vault.facade.js';

@Module({
  imports: [TypeOrmModule.forFeature([DataKeyEntity, KeyringEntity]), AuditModule, KeyringModule],
  providers: [
    BlindIndex,
    DataKeyCache,
    DataKeyRepository,
    DataKeys,
    DestroyEpochs,
    Epochs,
    EpochsRepository,
    KeyRoom,
    KeyringRegistration,
    KeysStatus,
    OpenFailures,
    RecordEnvelope,
    Rewrap,
    Rotate,
    Shred,
    ShredListener,
    Unwrapping,
    VaultFacade,
  ],
  exports: [VaultFacade],
})
export class VaultModule {}

import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { KEYRING } from './keyring.js';
import { openKeyring } from './open-keyring.js';

@Module({
  providers: [
    {
      provide: KEYRING,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => openKeyring(settings.keyring),
    },
  ],
  exports: [KEYRING],
})
export class KeyringModule {}

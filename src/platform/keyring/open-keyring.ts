import { ConfigurationFault } from '../config/settings.js';
import { FileKeyring } from './file/file-keyring.js';
import type { Keyring } from './keyring.js';

/** Opens the keyring that an address names: `file:<folder>`. Throws ConfigurationFault when it may not be used. */
export async function openKeyring(address: string): Promise<Keyring> {
  const [, provider, place] = /^([a-z]+):(.+)$/.exec(address) ?? [];
  if (provider === 'file' && place) return FileKeyring.open(place);
  throw new ConfigurationFault(['CARETHREAD_KEYRING must be file:<folder>.']);
}

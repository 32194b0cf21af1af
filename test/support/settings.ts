import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role, Settings } from '../../src/platform/config/settings.js';

/** The settings of a sandbox process whose files lie in a folder of their own. */
export function testSettings(role: Role = 'all', more: Partial<Settings> = {}): Settings {
  const dataDir = mkdtempSync(join(tmpdir(), 'carethread-test-'));
  return {
    role,
    production: false,
    sandbox: true,
    databaseUrl: null,
    migrationUrl: null,
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    setupFile: null,
    dataDir,
    keyring: `file:${join(dataDir, 'keyring')}`,
    bootstrapApiKey: null,
    logLevel: 'silent',
    failpoint: null,
    ...more,
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFault } from './settings.js';
import { readSetupFile } from './setup-file.js';

describe('a setup file that is no YAML', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carethread-setup-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    'a: *canary-secret',
    'a: &canary-secret [',
    'a: !canary-secret [1',
    '"canary-secret": 1\n"canary-secret": 2',
  ])('is refused in words, without the secret that stands there (%#)', (text) => {
    const path = join(folder, 'setup.yaml');
    writeFileSync(path, text);
    let fault: unknown;
    try {
      readSetupFile(path);
    } catch (error) {
      fault = error;
    }
    const { faults } = fault as ConfigurationFault;
    expect(faults[0]).toMatch(
      /: (this is not YAML \([a-z ]+\)|it has an alias \(\*name\) that cannot be resolved)\.$/,
    );
    expect(faults.join()).not.toContain('canary');
  });
});

import { ConfigurationFault, readSettings } from './settings.js';

function faultsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings('all', environment);
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.faults;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('needs nothing for a trial', () => {
    expect(readSettings('all', {})).toMatchObject({
      databaseUrl: null,
      host: '127.0.0.1',
      port: 3000,
      dataDir: '.data',
      keyring: 'file:.data/keyring',
      sandbox: false,
    });
  });

  it('treats blank as unset', () => {
    expect(readSettings('all', { PORT: ' ', DATABASE_URL: '' }).port).toBe(3000);
  });

  it('lists every fault at once, by name and without the value', () => {
    const faults = faultsOf({
      PORT: 'http',
      DATABASE_URL: 'mysql://secret@host/db',
      SANDBOX: 'yes',
      LOG_LEVEL: 'loud',
    });
    expect(faults).toHaveLength(4);
    expect(faults.join('\n')).not.toContain('secret');
  });

  it('refuses the embedded server and the sandbox in production', () => {
    expect(faultsOf({ NODE_ENV: 'production', SANDBOX: 'true' })).toEqual([
      expect.stringContaining('DATABASE_URL'),
      expect.stringContaining('SANDBOX'),
    ]);
  });

  it('takes a fail-point in a sandbox alone', () => {
    expect(readSettings('all', { SANDBOX: 'true', SANDBOX_FAILPOINT: 'send.claimed@3' }).failpoint).toEqual({
      name: 'send.claimed',
      passing: 3,
    });
    expect(readSettings('all', { SANDBOX: 'true' }).failpoint).toBeNull();
    expect(faultsOf({ SANDBOX_FAILPOINT: 'send.claimed' })).toEqual([
      expect.stringContaining('SANDBOX=true'),
    ]);
    expect(faultsOf({ SANDBOX: 'true', SANDBOX_FAILPOINT: 'nowhere' })).toEqual([
      expect.stringContaining('send.claimed'),
    ]);
  });
});

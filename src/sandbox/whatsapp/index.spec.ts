import { startSandboxWhatsapp } from './index.js';
import { account, NOW } from './testing/sandbox.fake.js';

describe('starting the sandbox', () => {
  test('is refused in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    await expect(startSandboxWhatsapp({ seed: 1, now: NOW, accounts: [account()] })).rejects.toThrow(
      'production',
    );
    process.env['NODE_ENV'] = before;
  });

  test('closing twice is harmless', async () => {
    const sandbox = await startSandboxWhatsapp({ seed: 1, now: NOW, accounts: [account()] });
    await sandbox.close();
    await sandbox.close();
    await expect(fetch(sandbox.url)).rejects.toThrow();
  });

  test('a phone number id given twice is refused', async () => {
    const start = startSandboxWhatsapp({ seed: 1, now: NOW, accounts: [account(), account()] });
    await expect(start).rejects.toThrow('given twice');
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const PROGRAM = `
  const { Log } = await import('./src/platform/logging/log.ts');
  const { logWarnings } = await import('./src/platform/logging/warnings.ts');
  logWarnings(new Log('info'));
  process.emitWarning('Canary', 'ExperimentalWarning');
  process.emitWarning('Canary of another', 'SomeWarning');`;

describe('what Node warns of', () => {
  it('is an event without its words, and what we chose ourselves is none', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, [
      '--import',
      './config/tooling/run-typescript.mjs',
      '--input-type=module',
      '--eval',
      PROGRAM,
    ]);
    const lines = stderr.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['process.warning']);
    expect(stderr).not.toContain('Canary');
  });
});

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const UNCAUGHT = new URL('../../dist/src/platform/logging/uncaught.js', import.meta.url).href;
const LOG = new URL('../../dist/src/platform/logging/log.js', import.meta.url).href;
const CANARY = 'Anita-Canary';

/** A process with the product's own last words, that does this. */
function end(what: string, stop = ''): Promise<{ code: number | null; stderr: string }> {
  const script = `
    import { Log } from '${LOG}';
    import { endOnUncaught } from '${UNCAUGHT}';
    endOnUncaught(new Log('info'));
    ${stop}
    setInterval(() => undefined, 1_000);
    ${what}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

const ORDERLY = `process.on('SIGTERM', () => { process.stderr.write('orderly'); process.exit(process.exitCode ?? 0); });`;
const THROW = `setTimeout(() => { throw new TypeError('${CANARY}'); }, 1);`;
const REJECT = `void Promise.reject(Object.assign(new Error('${CANARY}'), { code: '${CANARY} x' }));`;

describe('what nobody caught', () => {
  it.each([
    ['process.uncaught-exception', 'TypeError', THROW],
    ['process.unhandled-rejection', 'Error', REJECT],
  ])('is logged as %s without its message, stops in order and ends with 1', async (event, name, what) => {
    const { code, stderr } = await end(what, ORDERLY);
    expect(code).toBe(1);
    const [line] = stderr.split('\n');
    expect(JSON.parse(line!)).toMatchObject({ event, error: { class: name } });
    expect(stderr).toContain('orderly');
    expect(stderr).not.toContain('Canary');
  });

  it('ends at once with 1 where nobody listens to signals yet, and when it happens again while it stops', async () => {
    expect((await end(THROW)).code).toBe(1);
    const again = `process.on('SIGTERM', () => { throw new Error('${CANARY}'); });`;
    const { code, stderr } = await end(REJECT, again);
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 2]);
  });
});

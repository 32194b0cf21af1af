import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FAILPOINTS, readFailpoint } from './failpoint.js';

const HOOKS = fileURLToPath(new URL('../../../config/tooling/typescript-hooks.mjs', import.meta.url));
const FAILPOINT = fileURLToPath(new URL('./failpoint.ts', import.meta.url));

/** Runs these lines in a process of their own. Returns the signal that ended it, and what it said. */
async function run(lines: string): Promise<{ signal: NodeJS.Signals | null; said: string }> {
  const script = `
    import { register } from 'node:module';
    register(${JSON.stringify(`file://${HOOKS}`)}, import.meta.url);
    const { armFailpoint, failpoint, failpointWhenWritten } = await import(${JSON.stringify(`file://${FAILPOINT}`)});
    ${lines}`;
  const child = spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', script]);
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { signal, said };
}

describe('a fail-point', () => {
  it.each([
    ['send.claimed', { name: 'send.claimed', passing: 1 }],
    ['inbox.applied@12', { name: 'inbox.applied', passing: 12 }],
    ['send.claimed@0', null],
    ['send.nowhere', null],
    ['', null],
  ])('reads %j', (text, wish) => {
    expect(readFailpoint(text)).toEqual(wish);
  });

  it('has ten names', () => {
    expect(new Set(FAILPOINTS).size).toBe(10);
  });

  it('does nothing unless it was asked for', async () => {
    const { signal, said } = await run(`
      armFailpoint(null);
      failpoint('send.claimed');
      console.log('alive');`);
    expect([signal, said.trim()]).toEqual([null, 'alive']);
  });

  it('ends the process at the passing that was asked for, and at no other place', async () => {
    const { signal, said } = await run(`
      armFailpoint({ name: 'send.claimed', passing: 2 });
      failpoint('inbox.stored');
      failpoint('send.claimed');
      console.log('alive');
      failpoint('send.claimed');
      console.log('dead');`);
    expect([signal, said.trim()]).toEqual(['SIGKILL', 'alive']);
  });

  it('ends it once the request has left and before any answer', async () => {
    // given: a server that tells what it got and never answers
    const { signal, said } = await run(`
      import { spawn } from 'node:child_process';
      const server = spawn(process.execPath, ['-e', \`
        require('node:http').createServer((request) => {
          let body = '';
          request.on('data', (data) => (body += data)).on('end', () => { console.log('got ' + body); process.exit(); });
        }).listen(0, '127.0.0.1', function () { console.error(this.address().port); });\`],
        { stdio: ['ignore', 'inherit', 'pipe'] });
      const port = await new Promise((resolve) => server.stderr.once('data', (data) => resolve(String(data).trim())));
      armFailpoint({ name: 'send.request-written', passing: 1 });
      failpointWhenWritten('send.request-written', ({ method, path }) => method === 'POST' && path === '/messages');
      await fetch('http://127.0.0.1:' + port + '/messages', { method: 'POST', body: 'whole' });
      console.log('dead');`);
    expect([signal, said.trim()]).toEqual(['SIGKILL', 'got whole']);
  });
});

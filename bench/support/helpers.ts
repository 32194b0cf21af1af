import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/sandbox/run/setup.js';

/** A process of its own beside the product: a stub, a reference, a generator. */
export interface Helper {
  url: string;
  stop(): void;
}

function launch(script: string, args: string[], stdout: 'ignore' | 'pipe') {
  const runner = `file://${join(packageRoot(), 'config', 'tooling', 'run-typescript.mjs')}`;
  return spawn(process.execPath, ['--no-warnings', '--import', runner, script, ...args], {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  });
}

/** Starts it and waits until it tells its address by `process.send({ ready })`. */
export async function startHelper(script: string, args: string[]): Promise<Helper> {
  const child = launch(script, args, 'ignore');
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { ready: string }).ready));
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { url, stop: () => void child.kill() };
}

/** Runs it to its end. Returns what it printed. */
export async function runHelper(script: string, args: string[]): Promise<string> {
  const child = launch(script, args, 'pipe');
  let said = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}`);
  return said;
}

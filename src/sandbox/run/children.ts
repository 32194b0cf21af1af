import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from './setup.js';

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
/**
 * As docker/Dockerfile starts the product. What a batch of sends holds outlives V8's 16 MB of young objects several
 * times over, and each time it is copied: with 64 MB, there from the start, a send costs a tenth less CPU (measured). Old
 * objects are collected once they have grown by a quarter: V8 would let them grow fourfold, 600 MB in a first load of
 * 100,000 visits (measured).
 */
const NODE_OPTIONS = [
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--heap-growing-percent=25',
  '--enable-source-maps',
];

export interface Child {
  name: string;
  url: string;
  pid: number;
  /** Resolves with the exit code when the process has ended, for whatever reason; null after a signal. */
  ended: Promise<number | null>;
  /** The end of what it wrote to stderr. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when that is not enough. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  name: string;
  /** Relative to dist/src: what runs is always what was built. */
  script: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** Keeps the child's stderr to itself unless it fails. */
  quiet: boolean;
}

/** Starts one of the three processes and waits until it says where it listens. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const script = join(packageRoot(), 'dist', 'src', options.script);
  const child = spawn(process.execPath, [...NODE_OPTIONS, script, ...options.args], {
    env: { ...process.env, ...options.env },
    // stdout stays free for our own JSON document.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C reaches the whole group at once; we stop the three in order instead.
    detached: true,
  });
  const said = listen(child, options.quiet);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await ready(child, ended).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${options.name} did not start.\n${said()}`, { cause: error });
  });
  return {
    name: options.name,
    url,
    pid: child.pid!,
    ended,
    said,
    signal: (name) => void child.kill(name),
    stop: () => stop(child, ended),
  };
}

function listen(child: ChildProcess, quiet: boolean): () => string {
  const kept: string[] = [];
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    kept.push(text);
    if (kept.length > 200) kept.shift();
    if (!quiet) process.stderr.write(text);
  });
  return () => kept.join('').trimEnd();
}

function ready(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('not ready in time')), READY_LIMIT_MS);
    child.on('message', (message: { ready?: string }) => {
      if (!message.ready) return;
      clearTimeout(limit);
      resolve(message.ready);
    });
    void ended.then((code) => {
      clearTimeout(limit);
      reject(new Error(`ended with ${code}`));
    });
  });
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // A stopped process (SIGSTOP) takes no other signal.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(hard);
}

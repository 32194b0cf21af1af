import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerAccount } from './account.js';

// Nothing of the caller's environment: PGPORT, PGDATA, PGOPTIONS or LD_PRELOAD would change the server,
// and its messages are read, so they must be English.
const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export interface ServerCommand {
  file: string;
  args: string[];
  cwd: string;
  account: ServerAccount | undefined;
}

/** Runs one of PostgreSQL's programs as the server's account; rejects when it exits other than 0. */
export async function run(command: ServerCommand): Promise<void> {
  const { file, args, cwd, account } = command;
  await promisify(execFile)(file, args, { cwd, env: SERVER_ENVIRONMENT, ...account });
}

/** Whether the command ends with 0 for that account. */
export function succeeds(command: ServerCommand): boolean {
  const { file, args, cwd, account } = command;
  return spawnSync(file, args, { cwd, env: SERVER_ENVIRONMENT, stdio: 'ignore', ...account }).status === 0;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, under another account.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

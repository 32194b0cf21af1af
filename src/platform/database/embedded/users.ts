import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './processes.js';

/** Notes that this process uses the server; the answer is the note's path. */
export function addUser(location: string): string {
  const note = join(usersFolder(location), `${process.pid}.${randomUUID()}`);
  writeFileSync(note, '', { mode: 0o600 });
  return note;
}

/** Takes the note away; true when no living process uses the server any more. */
export function removeUser(location: string, note: string): boolean {
  rmSync(note, { force: true });
  return readdirSync(usersFolder(location)).every((name) => !isAlive(Number(name.split('.')[0])));
}

/** A server that starts has no users: notes from before it are of processes that were killed. */
export function forgetUsers(location: string): void {
  rmSync(join(location, 'users'), { recursive: true, force: true });
}

function usersFolder(location: string): string {
  const folder = join(location, 'users');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

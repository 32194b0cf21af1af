import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerAccount } from './account.js';
import { embeddedFault } from './embedded-fault.js';
import { succeeds } from './processes.js';

// The server's account passes through the folder to the cluster, and cannot list what else lies there.
const PASS_THROUGH = 0o711;
const OWN_ONLY = 0o700;

/**
 * The folder of the cluster, its passwords and its log: `<dataDir>/postgres`, or, where the server's account
 * cannot pass (root's home, a private checkout), a folder outside that `<dataDir>/postgres-location` names.
 * To be called under the lock of `dataDir`.
 */
export function prepareLocation(dataDir: string, account: ServerAccount | undefined): string {
  if (!account) return ownFolder(join(dataDir, 'postgres'), OWN_ONLY);
  const outside = outsideFolders(dataDir);
  // One that is in use stays in use: a later chmod of the checkout must not lose the data.
  const existing = outside.find(isOurs);
  if (existing) return nameOutside(existing, dataDir);
  if (canPass(dataDir, account)) return ownFolder(join(dataDir, 'postgres'), PASS_THROUGH);
  return makeOutside(outside, dataDir, account);
}

function makeOutside(folders: string[], dataDir: string, account: ServerAccount): string {
  const folder = folders.find((candidate) => tryFolder(candidate) && canPass(candidate, account));
  if (!folder) {
    throw embeddedFault(
      'no-location',
      'No folder was found that the account of PostgreSQL can reach. Set CARETHREAD_DATA_DIR to one it can.',
    );
  }
  return nameOutside(folder, dataDir);
}

/** Also of one that was there before: a checkout that was made anew has lost its note. */
function nameOutside(folder: string, dataDir: string): string {
  writeFileSync(join(dataDir, 'postgres-location'), `${folder}\n`);
  return folder;
}

function outsideFolders(dataDir: string): string[] {
  const hash = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12);
  return ['/var/lib', tmpdir(), '/tmp'].map((parent) => join(parent, `carethread-${hash}`));
}

function tryFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch {
    return false; // the parent is missing or read-only, or the name is taken: the next candidate is tried
  }
  chmodSync(folder, PASS_THROUGH);
  return true;
}

/** Anyone can make a folder of that name in a temporary folder first; one that is not root's is not used. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === 0;
}

function ownFolder(folder: string, mode: number): string {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, mode); // mkdir's own mode is cut by the umask
  return folder;
}

/** Asked of the system rather than read from mode bits: access lists and mounts count too. */
function canPass(folder: string, account: ServerAccount): boolean {
  return succeeds({ file: '/bin/sh', args: ['-c', 'cd -- "$1"', 'sh', folder], cwd: '/', account });
}

import { spawnSync } from 'node:child_process';
import { embeddedFault } from './embedded-fault.js';

/** The system account that the server runs as, when this process is root. */
export interface ServerAccount {
  uid: number;
  gid: number;
}

// PostgreSQL refuses to run as root, and initdb refuses a uid without an entry in the passwd database.
const ACCOUNT_NAMES = ['postgres', 'nobody'];

/** Undefined for an ordinary user: the server then runs as that user. */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ACCOUNT_NAMES) {
    const account = lookUp(name);
    if (account) return account;
  }
  throw embeddedFault(
    'no-account',
    'PostgreSQL does not run as root. Start as an ordinary user, or make a system user named postgres.',
  );
}

function lookUp(name: string): ServerAccount | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

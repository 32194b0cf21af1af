import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The passwords of the three login roles. */
export interface Credentials {
  postgres: string;
  carethread_owner: string;
  carethread_app: string;
}

/** Kept beside the cluster (mode 0600) so that a later process can use the same server. */
export function loadCredentials(location: string): Credentials {
  const file = join(location, 'credentials.json');
  if (!existsSync(file)) writeCredentials(file);
  return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
}

function writeCredentials(file: string): void {
  const credentials: Credentials = {
    postgres: password(),
    carethread_owner: password(),
    carethread_app: password(),
  };
  const draft = `${file}.partial`;
  writeFileSync(draft, JSON.stringify(credentials), { mode: 0o600 });
  renameSync(draft, file);
}

function password(): string {
  return randomBytes(24).toString('base64url');
}

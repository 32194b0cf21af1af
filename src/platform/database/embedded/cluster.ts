import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ServerAccount } from './account.js';
import { embeddedFault } from './embedded-fault.js';
import { run } from './processes.js';

/** Where one embedded server lives and how it is run. */
export interface Cluster {
  location: string;
  data: string;
  log: string;
  bin: string;
  account: ServerAccount | undefined;
}

/** Makes the cluster when there is none; a half-made one of a killed process is thrown away. */
export async function prepareCluster(cluster: Cluster, superuserPassword: string): Promise<void> {
  if (existsSync(cluster.data)) return;
  removeHalfMade(cluster);
  // A name of its own: the initdb of a killed process may still be writing.
  const partial = `${cluster.data}.partial.${randomUUID()}`;
  const passwordFile = join(cluster.location, 'initdb-password');
  mkdirSync(partial);
  handOver(partial, 0o700, cluster.account);
  try {
    writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
    handOver(passwordFile, 0o600, cluster.account);
    await initdb(cluster, partial, passwordFile);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeFileSync(cluster.log, '', { mode: 0o600 });
  handOver(cluster.log, 0o600, cluster.account);
  renameSync(partial, cluster.data);
}

function removeHalfMade({ location }: Cluster): void {
  const left = readdirSync(location).filter((name) => /^(data\.partial\.|initdb-password)/.test(name));
  for (const name of left) rmSync(join(location, name), { recursive: true, maxRetries: 10, retryDelay: 100 });
}

async function initdb(cluster: Cluster, data: string, passwordFile: string): Promise<void> {
  // The builtin provider's C.UTF-8 is the same on every system; the C library's may be missing or differ.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  try {
    await run({
      file: join(cluster.bin, 'initdb'),
      args: [`--pgdata=${data}`, ...locale, ...login],
      cwd: cluster.location,
      account: cluster.account,
    });
  } catch (cause) {
    const words = `PostgreSQL could not make its files under ${cluster.location}.`;
    throw embeddedFault('initdb', words, { cause });
  }
}

function handOver(path: string, mode: number, account: ServerAccount | undefined): void {
  chmodSync(path, mode);
  if (account) chownSync(path, account.uid, account.gid);
}

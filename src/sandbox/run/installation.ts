import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What one sandbox keeps between starts. */
export interface Installation {
  name: string;
  folder: string;
  database: string;
  seed: number;
  secretOf(name: string): string;
}

interface Kept {
  name: string;
  seed: number;
  secret: string;
}

/** A new sandbox, or with `keep` the last one. */
export function openInstallation(dataDir: string, options: { keep: boolean; seed: number }): Installation {
  const root = resolve(dataDir, 'sandbox');
  const record = join(root, 'last.json');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const last = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Kept) : null;
  const kept = options.keep && last ? last : make(options.seed);
  if (kept !== last) writeFileSync(record, JSON.stringify(kept), { mode: 0o600 });
  const folder = join(root, kept.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    name: kept.name,
    folder,
    database: `sandbox_${kept.name}`,
    seed: kept.seed,
    secretOf: (name) => createHmac('sha256', kept.secret).update(name).digest('hex'),
  };
}

/** What a sandbox that nobody will keep leaves on disk, its database aside. */
export function discard(installation: Installation): void {
  rmSync(installation.folder, { recursive: true, force: true });
}

function make(seed: number): Kept {
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
  return {
    name: `${stamp}_${randomBytes(3).toString('hex')}`,
    seed,
    secret: randomBytes(32).toString('hex'),
  };
}

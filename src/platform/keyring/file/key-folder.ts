import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationFault } from '../../config/settings.js';
import type { Uuid } from '../../ids/ids.js';
import { keyringUnavailable } from '../keyring.js';

const OTHERS = 0o077;

/** The keyring's folder: one folder per organization (0700), one file per key (0600). */
export class KeyFolder {
  private constructor(readonly path: string) {}

  /** Makes the folder when it is missing. Throws ConfigurationFault when anyone but its owner may enter or read. */
  static async open(folder: string): Promise<KeyFolder> {
    const path = resolve(folder);
    const faults = await prepare(path).catch(() => [`The keyring ${path} cannot be made or read.`]);
    if (faults.length > 0) throw new ConfigurationFault(faults);
    return new KeyFolder(path);
  }

  /** Throws `vault.keyring-unavailable`. */
  async check(): Promise<void> {
    await attempt(async () => refuseOthers(await stat(this.path)));
  }

  has(organizationId: Uuid): Promise<boolean> {
    return attempt(() => exists(join(this.path, organizationId)));
  }

  names(organizationId: Uuid): Promise<string[]> {
    return attempt(() => readdir(join(this.path, organizationId)));
  }

  read(organizationId: Uuid, name: string): Promise<Buffer> {
    return attempt(async () => {
      const file = await open(join(this.path, organizationId, name), 'r');
      try {
        refuseOthers(await file.stat());
        return await file.readFile();
      } finally {
        await file.close();
      }
    });
  }

  /** When a file was written; null when it is gone. */
  writtenAt(organizationId: Uuid, name: string): Promise<Date | null> {
    return attempt(async () => {
      const facts = await stat(join(this.path, organizationId, name)).catch(ignoreMissing);
      return facts && new Date(facts.mtimeMs);
    });
  }

  /** One more file, whole or not at all. Throws when there is one of that name. */
  add(organizationId: Uuid, name: string, bytes: Buffer): Promise<void> {
    return attempt(async () => {
      const folder = join(this.path, organizationId);
      const draft = join(folder, `.new-${randomBytes(8).toString('hex')}`);
      await writeDurably(draft, bytes);
      try {
        // A link is never made over a file; a rename would be.
        await link(draft, join(folder, name));
      } finally {
        await unlink(draft);
      }
      await syncFolder(folder);
    });
  }

  /**
   * Overwrites a file, then removes it. In place, so that a process killed in between leaves a name that shows. What a
   * copying file system or a backup kept of it is beyond our reach.
   */
  destroy(organizationId: Uuid, name: string): Promise<void> {
    return attempt(async () => {
      const folder = join(this.path, organizationId);
      await overwrite(join(folder, name));
      await unlink(join(folder, name));
      await syncFolder(folder);
    });
  }

  /** All of an organization's files or none; of two makers at once the first wins, and the other's are discarded. */
  make(organizationId: Uuid, files: Record<string, Buffer>): Promise<void> {
    return attempt(async () => {
      const draft = join(this.path, `.new-${randomBytes(8).toString('hex')}`);
      await mkdir(draft, { mode: 0o700 });
      for (const [name, bytes] of Object.entries(files)) await writeDurably(join(draft, name), bytes);
      await syncFolder(draft);
      await rename(draft, join(this.path, organizationId)).catch(async (error: NodeJS.ErrnoException) => {
        await rm(draft, { recursive: true });
        // A folder is never renamed over one that holds files: another maker was first.
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
      await syncFolder(this.path);
    });
  }
}

async function prepare(path: string): Promise<string[]> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const inside = await readdir(path, { recursive: true });
  const open: string[] = [];
  for (const entry of ['', ...inside]) if (await isOpen(join(path, entry))) open.push(join(path, entry));
  return open.map((entry) => `${entry} must be closed to group and others (chmod go-rwx).`);
}

/** A draft of a maker at work may vanish while we look. */
async function isOpen(path: string): Promise<boolean> {
  const facts = await stat(path).catch(ignoreMissing);
  return facts !== null && (facts.mode & OTHERS) !== 0;
}

function refuseOthers(facts: { mode: number }): void {
  if ((facts.mode & OTHERS) !== 0) throw new Error('open to group or others');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoreMissing)) !== null;
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function overwrite(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(randomBytes((await file.stat()).size), 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw keyringUnavailable(error);
  }
}

import { statfs } from 'node:fs/promises';
import { bad, doubtful, type Finding, good } from './finding.js';

const GIB = 2 ** 30;
/** The keyring and the checkpoints are small; the embedded database and its WAL (1 GiB by default) are not. */
const LITTLE_BYTES = 2 * GIB;
const NOTHING_BYTES = GIB / 4;

/** Where the keyring and the audit checkpoints are written, and the embedded database lies. */
export async function diskCheck(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir);
  return diskFinding(dataDir, bavail * bsize);
}

export function diskFinding(dataDir: string, freeBytes: number): Finding {
  const check = 'disk.data';
  const finding = `${(freeBytes / GIB).toFixed(1)} GiB are free under ${dataDir}.`;
  const remedy =
    'Make room there: without it new keys, checkpoints and the embedded database cannot be written.';
  if (freeBytes < NOTHING_BYTES) return bad(check, finding, remedy);
  return freeBytes < LITTLE_BYTES ? doubtful(check, finding, remedy) : good(check, finding);
}

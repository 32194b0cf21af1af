import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Canary } from './canaries.js';
import { binariesOf, type TableDump } from './dump.js';
import { needlesOf } from './encodings.js';
import { Matcher } from './matcher.js';

/** Bytes to look through, and where they come from. */
export interface Source {
  place: string;
  bytes: Buffer;
}

export interface Finding {
  place: string;
  kind: string;
  encoding: string;
  /** What stands around it, for the person who mends the leak. */
  around: string;
}

const CONTEXT = 60;

/** Looks for every canary in every form. */
export class Sweep {
  private readonly matcher: Matcher;
  private readonly kinds: Map<string, string>;
  bytes = 0;

  constructor(canaries: readonly Canary[]) {
    this.matcher = new Matcher(canaries.flatMap(({ text }) => needlesOf(text)));
    this.kinds = new Map(canaries.map(({ kind, text }) => [text, kind]));
  }

  through(sources: Iterable<Source>): Finding[] {
    const findings: Finding[] = [];
    for (const { place, bytes } of sources) {
      this.bytes += bytes.length;
      for (const { needle, at } of this.matcher.find(bytes)) {
        findings.push({
          place,
          kind: this.kinds.get(needle.canary)!,
          encoding: needle.encoding,
          around: printable(bytes.subarray(Math.max(0, at - CONTEXT), at + needle.bytes.length + CONTEXT)),
        });
      }
    }
    return findings;
  }
}

function printable(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll(/[^\p{L}\p{N}\p{P}\p{S}\p{M} ]+/gu, '·');
}

export function* tables(dumps: readonly TableDump[]): Generator<Source> {
  for (const dump of dumps) {
    yield { place: `table ${dump.table}`, bytes: dump.text };
    yield { place: `table ${dump.table}, inside bytea`, bytes: binariesOf(dump) };
  }
}

/** Every file under a folder, name and content. */
export function* files(
  root: string,
  what: string,
  skip: (path: string) => boolean = () => false,
): Generator<Source> {
  if (!existsSync(root)) return;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const place = `${what} ${relative(root, path)}`;
    if (skip(relative(root, path))) continue;
    yield { place: `${what}, name of a file`, bytes: Buffer.from(relative(root, path)) };
    if (entry.isFile()) yield { place, bytes: readFileSync(path) };
  }
}

export const text = (place: string, said: string): Source => ({ place, bytes: Buffer.from(said) });

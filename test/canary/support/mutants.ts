import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A mistake that somebody could make, in the built product. */
interface Mutant {
  mistake: string;
  file: string;
  find: string;
  replace: string;
}

const MUTANTS: Mutant[] = [
  {
    mistake: 'what a patient writes is logged',
    file: 'src/exchange/messaging/application/take-messages.js',
    find: 'const now = await nowIn(tx);',
    replace: `const now = await nowIn(tx);
        process.stderr.write(JSON.stringify({ event: 'messaging.taken', taken }) + '\\n');`,
  },
  {
    mistake: 'the name of a place is stored as it is',
    file: 'src/care/scheduling/application/places.js',
    find: 'keys.seal(SUBJECT, sealedAt(connectionId, reference), name)',
    replace: 'Buffer.from(name)',
  },
  {
    mistake: 'and read back as it is',
    file: 'src/care/scheduling/application/places.js',
    find: 'this.vault.openText(ctx, SUBJECT, sealedAt(connectionId, place.reference), place.nameSealed)',
    replace: 'place.nameSealed.toString()',
  },
  {
    mistake: 'an error repeats what Meta says of a number',
    file: 'src/exchange/messaging/infrastructure/graph-error.js',
    find: 'WhatsApp refused the call (${name}).',
    replace: 'WhatsApp refused the call (${name}): ${refusal.details}.',
  },
];

/** A copy of the built product with every mistake in it. It lies in the checkout, where its packages are found. */
export function mutantDist(): { dist: string; remove(): void } {
  mkdirSync(join(ROOT, '.data'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.data', 'canary-mutants-'));
  const dist = join(folder, 'dist');
  cpSync(join(ROOT, 'dist'), dist, { recursive: true });
  for (const { mistake, file, find, replace } of MUTANTS) {
    const path = join(dist, file);
    const parts = readFileSync(path, 'utf8').split(find);
    if (parts.length !== 2) throw new Error(`the place for "${mistake}" is there ${parts.length - 1} times`);
    writeFileSync(path, parts.join(replace));
  }
  return { dist, remove: () => rmSync(folder, { recursive: true }) };
}

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../../../src/sandbox/run/setup.js';

/**
 * A wrong product, to see a check turn red. Each file under `test/endurance/patches` is the name of a source, then
 * pairs of a passage that must occur exactly once and what stands there instead.
 */
interface Patch {
  source: string;
  changes: { find: string; put: string }[];
}

const PATCHES = join('test', 'endurance', 'patches');

export function patchNames(): string[] {
  return readdirSync(join(packageRoot(), PATCHES)).map((file) => file.replace(/\.patch$/, ''));
}

/** What that patch makes of its source, compiled. Throws, in words, when it fits no more. */
export function patched(name: string): { source: string; code: string } {
  const root = packageRoot();
  const patch = readPatch(join(root, PATCHES, `${name}.patch`));
  const wrong = apply(name, patch, readFileSync(join(root, patch.source), 'utf8'));
  return { source: patch.source, code: compiled(root, wrong) };
}

/** Builds a copy of `dist` with that patch. Returns its `main.js`, relative to dist/src. */
export function buildMutant(name: string): string {
  const root = packageRoot();
  const { source, code } = patched(name);
  const folder = join(root, '.data', 'mutants', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'dist', source.replace(/\.ts$/, '.js')), code);
  return join('..', '..', '.data', 'mutants', name, 'dist', 'src', 'main.js');
}

/** `--- source`, then blocks of `<<<<`, `====` and `>>>>`, each on a line of its own. */
function readPatch(path: string): Patch {
  const text = readFileSync(path, 'utf8');
  const source = /^--- (\S+)$/m.exec(text)?.[1];
  const blocks = [...text.matchAll(/^<<<<\n([\s\S]*?)^====\n([\s\S]*?)^>>>>$/gm)];
  if (!source || blocks.length === 0) throw new Error(`${path} names no source or changes nothing`);
  return { source, changes: blocks.map(([, find, put]) => ({ find: find!, put: put! })) };
}

function apply(name: string, { source, changes }: Patch, original: string): string {
  return changes.reduce((text, { find, put }) => {
    const times = text.split(find).length - 1;
    if (times === 1) return text.replace(find, () => put);
    throw new Error(
      `The patch "${name}" fits ${source} no more: what it replaces occurs ${times} times. Write it anew, so that ` +
        `the check that it turns red stays proven:\n${find}`,
    );
  }, original);
}

function compiled(root: string, text: string): string {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.convertCompilerOptionsFromJson(
    (config.config as { compilerOptions: object }).compilerOptions,
    root,
  );
  // Transpiled alone, a file does not know which kind of module the package is.
  return ts.transpileModule(text, {
    compilerOptions: {
      ...options,
      module: ts.ModuleKind.ES2022,
      moduleResolution: undefined,
      sourceMap: false,
    },
  }).outputText;
}

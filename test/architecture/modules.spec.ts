import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
// @ts-expect-error the rules are plain JavaScript, because dependency-cruiser reads them itself
import { forbidden } from '../../config/tooling/dependency-rules.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const CONFIG = join(ROOT, 'config/tooling/dependency-cruiser.mjs');

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

interface Plant {
  from: string;
  to: string;
}

const rules = forbidden as { name: string; to: { path?: string | string[] } }[];

/** One file that breaks each rule, by name; what it imports is planted too. */
const PLANTS: Record<string, Plant> = {
  'no-circular': { from: 'src/care/summaries/one.ts', to: 'src/care/summaries/two.ts' },
  'modules-meet-at-doors': {
    from: 'src/exchange/consent/a.ts',
    to: 'src/exchange/patients/infrastructure/b.ts',
  },
  'outsiders-use-doors': { from: 'src/apps/cli/a.ts', to: 'src/exchange/patients/patients.facade.ts' },
  'events-are-leaves': { from: 'src/exchange/patients/events.ts', to: 'src/platform/ids/ids.ts' },
  'platform-knows-nobody': { from: 'src/platform/jobs/a.ts', to: 'src/foundation/audit/index.ts' },
  'nobody-imports-apps': { from: 'src/care/scheduling/a.ts', to: 'src/apps/cli/index.ts' },
  'nobody-imports-sandbox': { from: 'src/exchange/fhir/a.ts', to: 'src/sandbox/ehr/index.ts' },
  'sandbox-speaks-http': { from: 'src/sandbox/a.ts', to: 'src/foundation/vault/index.ts' },
  'domain-is-pure': {
    from: 'src/care/scheduling/domain/a.ts',
    to: 'src/care/scheduling/infrastructure/b.ts',
  },
  'application-does-not-know-api': {
    from: 'src/care/scheduling/application/a.ts',
    to: 'src/care/scheduling/api/b.ts',
  },
  'typeorm-in-infrastructure': {
    from: 'src/exchange/consent/application/a.ts',
    to: 'node_modules/typeorm/index.js',
  },
  'pg-in-platform': { from: 'src/exchange/consent/infrastructure/a.ts', to: 'node_modules/pg/index.js' },
  'fhir-kit-client-in-fhir': {
    from: 'src/exchange/patients/a.ts',
    to: 'node_modules/fhir-kit-client/index.js',
  },
  'undici-behind-outbound': { from: 'src/exchange/patients/b.ts', to: 'node_modules/undici/index.js' },
};

describe('architecture', () => {
  it('holds in the whole tree', () => {
    expect(cruise(ROOT, ['src', 'migrations'])).toEqual([]);
  });

  it('has no migration that PostgreSQL 15 does not understand, on the way back too', () => {
    // `default` came with PostgreSQL 17; before it was `-1`, which still stands.
    const isNewer = (name: string): boolean =>
      readFileSync(join(ROOT, 'migrations', name), 'utf8').includes('set statistics default');
    expect(readdirSync(join(ROOT, 'migrations')).filter(isNewer)).toEqual([]);
  });

  describe('each rule catches what it is for', () => {
    let planted: string;
    let found: Violation[];

    beforeAll(() => {
      planted = mkdtempSync(join(tmpdir(), 'carethread-rules-'));
      for (const { name } of rules) plant(planted, plantOf(name));
      write(planted, 'src/care/summaries/two.ts', `import './one.js';\n`);
      write(planted, 'tsconfig.json', '{ "compilerOptions": { "module": "nodenext" } }');
      found = cruise(planted, ['src']);
    });

    afterAll(() => rmSync(planted, { recursive: true }));

    it.each(rules.map(({ name }) => name))('%s', (name) => {
      expect(found).toContainEqual(
        expect.objectContaining({ from: plantOf(name).from, rule: expect.objectContaining({ name }) }),
      );
    });
  });

  it('leaves the switch SANDBOX to the three places that may read it', () => {
    const readers = grep('settings\\.sandbox|SANDBOX');
    const allowed = /^src\/(platform\/(config|clock|failpoint)\/|sandbox\/)/;
    expect(readers.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('reads the environment in platform/config alone', () => {
    const readers = grep('process\\.env');
    expect(readers.filter((file) => !/^src\/(platform\/config|sandbox)\//.test(file))).toEqual([]);
  });
});

/** An `order:` rule is broken by importing the last module of the order, whose door exists in every plant. */
function plantOf(rule: string): Plant {
  if (!rule.startsWith('order:')) return PLANTS[rule]!;
  const from = rule.slice('order:'.length);
  const later = rules.find(({ name }) => name === rule)!.to.path as string;
  const last = later
    .slice(later.indexOf('(') + 1, later.indexOf(')'))
    .split('|')
    .at(-1)!;
  return { from: `src/${from}/planted-order.ts`, to: `src/${last}/index.ts` };
}

function plant(folder: string, { from, to }: Plant): void {
  const inPackage = /^node_modules\/([^/]+)\//.exec(to)?.[1];
  const path = relative(dirname(from), to).replace(/\.ts$/, '.js');
  const specifier = inPackage ?? (path.startsWith('.') ? path : `./${path}`);
  write(folder, from, `import '${specifier}';\n`);
  write(folder, to, 'export {};\n');
  if (inPackage) {
    const manifest = { name: inPackage, version: '1.0.0', type: 'module', main: 'index.js' };
    write(folder, `node_modules/${inPackage}/package.json`, JSON.stringify(manifest));
    write(folder, 'package.json', JSON.stringify({ dependencies: { [inPackage]: '1.0.0' } }));
  }
}

function write(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: path.endsWith('index.ts') || path.endsWith('events.ts') ? 'a' : 'w' });
}

function cruise(folder: string, paths: string[]): Violation[] {
  const run = spawnSync(process.execPath, [CRUISER, '--config', CONFIG, '--output-type', 'json', ...paths], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: Violation[] } };
  return summary.violations;
}

/** Product sources that match, specs aside. */
function grep(pattern: string): string[] {
  const out = execFileSync('grep', ['-rlE', pattern, 'src', '--include=*.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return out.split('\n').filter((file) => file && !file.endsWith('.spec.ts'));
}

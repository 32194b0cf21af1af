import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = new URL('../../', import.meta.url);

interface Instruction {
  name: string;
  rest: string;
}

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  environment: Record<string, string>;
  volumes: string[];
  stop_grace_period: string;
}

/** Comments away, lines that go on put together, stage by stage. */
function stagesOf(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line)!;
    if (name === 'FROM') stages.push([]);
    stages.at(-1)!.push({ name: name!, rest: rest! });
  }
  return stages;
}

const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const exists = (path: string): boolean => existsSync(fileURLToPath(new URL(path, ROOT)));
const named = (stage: Instruction[], name: string): string[] =>
  stage.filter((instruction) => instruction.name === name).map(({ rest }) => rest);

/** What a value of a secret would look like, in whatever place. */
const SECRET =
  /(password|passwd|secret|token|api_?key|keyring|private_?key)\w*\s*[=:]\s*["']?(?!\$\{)[\w/+-]+/i;

describe('the image', () => {
  const stages = stagesOf(read('docker/Dockerfile'));
  const last = stages.at(-1)!;

  it('stands on Node 24, in each of its stages', () => {
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) expect(named(stage, 'FROM')[0]).toMatch(/^node:24(\.\d+)*-/);
  });

  it('runs the product as somebody who is not root', () => {
    const user = named(last, 'USER').at(-1);
    expect(user).toBeDefined();
    expect(user).not.toMatch(/^(root|0)(:|$)/);
    // Whatever stands below it runs as that user too.
    const [command] = named(last, 'CMD');
    const [program, ...given] = JSON.parse(command!) as string[];
    expect([program, ...given.slice(-2)]).toEqual(['node', 'dist/src/main.js', '--role=all']);
    expect(exists('src/main.ts')).toBe(true);
  });

  it('has no secret in it', () => {
    for (const stage of stages) {
      for (const { name, rest } of stage) expect([name, SECRET.test(rest)]).toEqual([name, false]);
      expect(named(stage, 'ARG')).toEqual([]);
    }
    const copied = stages.flatMap((stage) => named(stage, 'COPY')).join(' ');
    expect(copied).not.toMatch(/\.env|setup\.yaml|\.data|keyring/);
  });

  it('copies what is there, and what the build may see', () => {
    const own = stages
      .flatMap((stage) => named(stage, 'COPY'))
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(/\s+/).slice(0, -1));
    expect(own).toContain('src');
    expect(own.filter((path) => !exists(path))).toEqual([]);
    const seen = read('docker/Dockerfile.dockerignore').split('\n').filter(Boolean);
    expect(seen[0]).toBe('*');
    expect(own.filter((path) => !seen.includes(`!${path}`))).toEqual([]);
  });
});

describe('the composition', () => {
  const text = read('docker/compose.yaml');
  const { services } = parse(text) as { services: Record<'product' | 'database', Service> };

  it('is the product and a PostgreSQL 17', () => {
    expect(Object.keys(services).sort()).toEqual(['database', 'product']);
    expect(services.database.image).toMatch(/^postgres:17(\.\d+)?(-|$)/);
    const { context, dockerfile } = services.product.build!;
    expect(exists(`docker/${context}/${dockerfile}`)).toBe(true);
  });

  it('gives the product a login of its own, and migrations another', () => {
    const { DATABASE_URL: own, DATABASE_MIGRATION_URL: owner } = services.product.environment;
    const login = (url: string | undefined): string => /^postgres:\/\/(\w+):/.exec(url ?? '')?.[1] ?? '';
    expect([login(own), login(owner)]).toEqual(['carethread_app', 'carethread_owner']);
    // Both are made by the script that the database runs first.
    const made = read('docker/postgres-init.sql');
    for (const role of [login(own), login(owner)]) expect(made).toContain(`create role ${role} login`);
  });

  it('has no secret in it: each comes from the environment, and is named in the example', () => {
    const example = read('docker/.env.example');
    for (const { environment } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (!/PASSWORD|TOKEN|SECRET|KEY|_URL$/.test(name)) continue;
        const from = [...value.matchAll(/\$\{(\w+)(:[?-])?\}/g)].map(([, variable]) => variable);
        expect([name, from.length]).toEqual([name, 1]);
        expect(example).toMatch(new RegExp(`^${from[0]}=$`, 'm'));
      }
    }
  });

  it('mounts files that are there, or that its README says how to make', () => {
    const files = Object.values(services)
      .flatMap(({ volumes }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':')[0]!);
    expect(files).toContain('./postgres-init.sql');
    const readme = read('docker/README.md');
    expect(
      files.filter((file) => !exists(`docker/${file}`) && !readme.includes(`docker/${file.slice(2)}`)),
    ).toEqual([]);
  });

  it('waits longer than the product takes to end', () => {
    expect(Number.parseInt(services.product.stop_grace_period, 10)).toBeGreaterThanOrEqual(30);
  });
});

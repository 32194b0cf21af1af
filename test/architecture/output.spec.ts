import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** In a process of its own: jest's module system cannot load the configuration. */
const LINT = `
import { ESLint } from 'eslint';
import { text } from 'node:stream/consumers';
const eslint = new ESLint();
const texts = JSON.parse(await text(process.stdin));
const results = await Promise.all(texts.map(([filePath, code]) => eslint.lintText(code, { filePath })));
process.stdout.write(JSON.stringify(results.map(([{ messages }]) => messages.map(({ ruleId, line }) => line + ' ' + ruleId))));
`;

/** The rules that each text breaks when it stands in its file, with the line. */
function broken(texts: [file: string, text: string][]): string[][] {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', LINT], {
    cwd: ROOT,
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as string[][];
}

const WRITES_PAST_THE_LOG = `import 'pino';
import { stderr } from 'node:process';
import 'node:console';
console.log(1);
process.stdout.write('1');
process.stderr.write('1');
stderr.write('1');
`;

describe('what is written outside the log', () => {
  it('is refused by lint everywhere but in the log itself, the CLI and the stand-ins', () => {
    const PLAIN = "process.stderr.write('1');\n";
    const [product, vault, config, ...allowed] = broken([
      ['src/platform/health/metrics.ts', WRITES_PAST_THE_LOG],
      ['src/foundation/vault/vault.facade.ts', WRITES_PAST_THE_LOG],
      ['src/platform/config/settings.ts', WRITES_PAST_THE_LOG],
      ['src/platform/logging/operator.ts', PLAIN],
      ['src/apps/cli/carethread.ts', PLAIN],
      ['src/sandbox/start.ts', PLAIN],
    ]);
    const refused = [
      '1 no-restricted-imports',
      '2 no-restricted-imports',
      '3 no-restricted-imports',
      '4 no-console',
      '5 no-restricted-properties',
      '6 no-restricted-properties',
    ];
    expect([product, vault, config]).toEqual([refused, refused, refused]);
    expect(allowed).toEqual([[], [], []]);
  });
});

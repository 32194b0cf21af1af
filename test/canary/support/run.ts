import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { play } from '../../../src/sandbox/story/play.js';
import { sync } from '../../../src/sandbox/story/step-sync.js';
import { remind } from '../../../src/sandbox/story/step-remind.js';
import { Canaries } from './canaries.js';
import { dumpOf, type TableDump } from './dump.js';
import { type Installation, type Spoken, startInstallation } from './installation.js';
import type { Mishap } from './mishap.js';
import { mishapsInside } from './mishaps-inside.js';
import { mishapsOfOthers } from './mishaps-of-others.js';
import { mishapsOfRequests } from './mishaps-of-requests.js';
import { closeAll, consentAnew, dress, talk } from './people.js';
import { files, type Source, Sweep, tables, text } from './sweep.js';
import type { Thread } from './threads.js';

export interface Run {
  installation: Installation;
  canaries: Canaries;
  threads: Thread[];
}

/** The product with its people; `whole` plays the main job to its end, else as far as the first reminders. */
export async function begin(options: { whole: boolean; dist?: string }): Promise<Run> {
  const canaries = new Canaries();
  const installation = await startInstallation((stage) => dress(stage, canaries), options.dist);
  const { sandbox, story } = installation;
  canaries.add('API key', sandbox.apiKey);
  for (const { accessToken, appSecret, verifyToken } of sandbox.accounts) {
    for (const secret of [accessToken, appSecret, verifyToken]) canaries.add('secret', secret);
  }
  try {
    if (options.whole) {
      const failed = (await play(story)).filter(({ ok }) => !ok);
      if (failed.length > 0) throw new Error(`the main job does not hold: ${JSON.stringify(failed)}`);
    } else {
      await sync(story);
      await remind(story);
    }
    const threads = await talk(installation, canaries);
    return { installation, canaries, threads };
  } catch (error) {
    await installation.close();
    throw error;
  }
}

/** Threads close, a day passes: what was said becomes summaries. */
export async function finish({ installation, canaries, threads }: Run): Promise<void> {
  await consentAnew(installation, canaries);
  await closeAll(threads, installation);
  await installation.story.pass('PT13H', 2);
}

export function mishapsOf(run: Run): Mishap[] {
  return [...mishapsOfRequests(run), ...mishapsOfOthers(run), ...mishapsInside(run)];
}

/** What a person at a terminal may hand to the command by mistake. */
export async function commandsWithNames({ installation, canaries }: Run): Promise<Spoken[]> {
  const word = () => canaries.token('argument of a command');
  const lines = [
    ['ehr', 'sync', word(), '--json'],
    ['ehr', 'capabilities', word()],
    ['jobs', 'retry', word()],
    ['jobs', 'list', '--organization', word()],
    ['setup', 'check', `/no/such/${word()}.yaml`],
    ['keys', word()],
    [word(), '--json'],
    ['doctor', `--${word()}`],
  ];
  const spoken: Spoken[] = [];
  for (const line of lines) spoken.push(await installation.cli(...line));
  return spoken;
}

/** All that is left once the product and its server have stopped. */
export interface Remains {
  dumps: TableDump[];
  metrics: string;
  openApi: string;
  exitCode: number | null;
}

/** Writes everything to disk, and stops product and server. */
export async function rest({ installation }: Run): Promise<Remains> {
  const { product, adminUrl, postgres } = installation;
  const get = async (path: string) => (await fetch(new URL(path, product.url))).text();
  const [metrics, openApi] = [await get('/metrics'), await get('/openapi.json')];
  const dumps = await dumpOf(adminUrl);
  await checkpoint(adminUrl);
  const exitCode = await installation.stopProduct();
  await postgres.stop();
  return { dumps, metrics, openApi, exitCode };
}

export async function checkpoint(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}

/** Tables, and every file of the cluster: heap, index, TOAST, WAL. Its log is the other sweep's. */
export function* stored({ installation }: Run, { dumps }: Remains): Generator<Source> {
  yield* tables(dumps);
  yield* files(join(installation.postgres.location, 'data'), 'cluster');
}

/** What the product, PostgreSQL and the command said, and what they left in files. */
export function* told(
  { installation }: Run,
  { metrics, openApi }: Remains,
  spoken: Spoken[],
): Generator<Source> {
  const { said, product, folder, postgres } = installation;
  yield text('stdout', said.stdout);
  yield text('stderr', said.stderr);
  yield { place: "PostgreSQL's log", bytes: readFileSync(join(postgres.location, 'server.log')) };
  yield text('/metrics', metrics);
  yield text('/openapi.json', openApi);
  for (const { status, type, text: answer } of product.passed) {
    if (status >= 400 || type.includes('problem')) yield text(`answer ${status}`, answer);
  }
  for (const { stdout, stderr } of spoken) yield text('command', `${stdout}\n${stderr}`);
  for (const name of ['data', 'tmp', 'work']) yield* files(join(folder, name), name);
}

export const sweepOf = ({ canaries }: Run): Sweep => new Sweep(canaries.all());

import type { Spoken } from './support/installation.js';
import {
  begin,
  commandsWithNames,
  finish,
  mishapsOf,
  type Remains,
  rest,
  type Run,
  sweepOf,
  told,
} from './support/run.js';
import { type Finding, text } from './support/sweep.js';

const LIMIT_MS = 300_000;
/** What a person typed at a terminal may be said back to that terminal: usage (2) and configuration (78). */
const SAYS_BACK = [2, 78];

describe('what the product says while everything goes wrong', () => {
  let run: Run;
  let spoken: Spoken[];
  let remains: Remains;
  const happened = new Map<string, unknown>();

  beforeAll(async () => {
    // Mishaps need reminders that nobody has answered; what the whole job says is swept with its dump.
    run = await begin({ whole: false });
    for (const { name, run: happen } of mishapsOf(run)) {
      happened.set(name, await happen().catch((error: unknown) => error));
    }
    await finish(run);
    spoken = await commandsWithNames(run);
    remains = await rest(run);
  }, LIMIT_MS);
  afterAll(() => run?.installation.close());

  const findings = (): Finding[] =>
    sweepOf(run).through(
      told(
        run,
        remains,
        spoken.filter(({ code }) => !SAYS_BACK.includes(code ?? 0)),
      ),
    );

  it('is said of more than thirty errors, each of which came about', () => {
    expect(happened.size).toBeGreaterThan(30);
    const statuses = [...happened].filter(([name]) => /^(a|an|one) /.test(name) && !/^a backend/.test(name));
    for (const [name, status] of statuses) expect([name, status]).toEqual([name, expect.any(Number)]);
    expect(statuses.filter(([, status]) => Number(status) >= 500)).toEqual([]);
    const others = [...happened].filter(([name]) => !statuses.some(([known]) => known === name));
    for (const [name, times] of others) expect([name, Number(times) > 0]).toEqual([name, true]);
  });

  it('has no word, name or number of a person in it', () => {
    expect(run.canaries.all().length).toBeGreaterThan(60);
    expect(findings()).toEqual([]);
  });

  it('was looked through: the log at level debug, PostgreSQL’s, answers, metrics, files', () => {
    const { said, product } = run.installation;
    for (const event of [
      'framework.info',
      'http.failed',
      'jobs.failed',
      'whatsapp.inbox-row-failed',
      'database.query-failed',
      'process.stopped',
    ]) {
      expect(said.stderr).toContain(`"event":"${event}"`);
    }
    expect(said.stdout).toBe('');
    expect(remains.exitCode).toBe(0);
    const places = [...told(run, remains, spoken)]
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ place }) => place);
    expect(places).toEqual(
      expect.arrayContaining([
        'stderr',
        "PostgreSQL's log",
        '/metrics',
        '/openapi.json',
        'answer 400',
        'answer 404',
        'command',
      ]),
    );
    expect(places.some((place) => place.startsWith('data '))).toBe(true);
    expect(product.passed.filter(({ status }) => status >= 400).length).toBeGreaterThan(30);
    expect(remains.metrics).toContain('carethread_');
  });

  it('every line of it is an event with allowed fields', () => {
    const lines = run.installation.said.stderr.trim().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
    const unnamed = lines.filter((line) => line.includes('log.unnamed-event'));
    expect(unnamed).toEqual([]);
  });

  it('turns the sweep red when one of these is put into it, in each form', () => {
    const [canary] = run.canaries.all().filter(({ kind }) => kind === 'words of a patient');
    const sweep = sweepOf(run);
    const bytes = Buffer.from(`x ${canary!.text} y`);
    const forms = [
      bytes.toString(),
      bytes.toString('hex'),
      bytes.toString('base64'),
      JSON.stringify(`${bytes}`),
    ];
    for (const form of forms) {
      expect(
        sweep.through([text('stderr', `${run.installation.said.stderr}{"event":"a.b","x":"${form}"}\n`)]),
      ).toEqual([expect.objectContaining({ place: 'stderr', kind: 'words of a patient' })]);
    }
  });
});

import { Command, CommanderError } from 'commander';
import { EXIT, type ExitCode, type Failure, failureOf } from './exit-codes.js';
import type { Cli, Noun, Outcome, Verb } from './verb.js';
import { audit } from './verbs/audit.js';
import { db } from './verbs/db.js';
import { doctor } from './verbs/doctor.js';
import { ehr } from './verbs/ehr.js';
import { inbox } from './verbs/inbox.js';
import { jobs } from './verbs/jobs.js';
import { keys } from './verbs/keys.js';
import { openapi } from './verbs/openapi.js';
import { setup } from './verbs/setup.js';

const NOUNS: readonly Noun[] = [setup, db, audit, keys, ehr, inbox, jobs];
const VERBS: readonly Verb[] = [doctor, openapi];

/** Runs one command line (without `node` and the script) and returns the exit code. Never throws. */
export async function run(argv: readonly string[], cli: Cli): Promise<ExitCode> {
  const json = argv.includes('--json');
  let outcome: Outcome | null = null;
  const program = programOf(cli, (done) => (outcome = done));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome ? tell(cli, json, outcome) : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    return tellFailure(cli, json, error);
  }
}

function programOf(cli: Cli, done: (outcome: Outcome) => void): Command {
  const program = new Command('carethread')
    .description("Looks after a CareThread installation. Reads the product's environment variables.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.out(text),
      writeErr: (text) => cli.terminal.err(text),
    });
  for (const { name, says, verbs } of NOUNS) {
    const noun = program.command(name).description(says);
    for (const verb of verbs) add(noun, verb, cli, done);
  }
  for (const verb of VERBS) add(program, verb, cli, done);
  return program;
}

function add(parent: Command, verb: Verb, cli: Cli, done: (outcome: Outcome) => void): void {
  const command = parent.command(verb.usage).description(verb.says);
  for (const option of verb.options ?? []) command.addOption(option);
  command.option('--json', 'answer with one JSON document on stdout');
  command.action(async () => done(await verb.run(cli, command.args, command.opts())));
}

function tell({ terminal }: Cli, json: boolean, { exit, document, lines }: Outcome): ExitCode {
  terminal.out(json ? `${JSON.stringify(document)}\n` : lines.map((line) => `${line}\n`).join(''));
  return exit ?? EXIT.ok;
}

function tellFailure({ terminal }: Cli, json: boolean, error: unknown): ExitCode {
  const failure = asFailure(error);
  if (json) terminal.out(`${JSON.stringify({ error: { code: failure.code, words: failure.words } })}\n`);
  // Commander has spoken already.
  if (!(error instanceof CommanderError)) terminal.err(failure.words.map((words) => `${words}\n`).join(''));
  return failure.exit;
}

function asFailure(error: unknown): Failure {
  if (error instanceof CommanderError)
    return { exit: EXIT.usage, code: 'usage', words: [error.message.replace(/^error: /, '')] };
  return failureOf(error);
}

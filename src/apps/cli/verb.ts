import type { Option } from 'commander';
import type { ExitCode } from './exit-codes.js';
import type { Installation } from './installation.js';
import type { Terminal } from './terminal.js';

/** What a command has to work with. */
export interface Cli {
  terminal: Terminal;
  installation: Installation;
}

export interface Outcome {
  /** Default: ok. */
  exit?: ExitCode;
  /** What `--json` prints. */
  document: unknown;
  /** What people read. */
  lines: readonly string[];
}

/** Every option that any verb has. */
export interface Options {
  organization?: string;
  state?: string;
  limit?: number;
  days?: number;
  destroy?: 'all' | 'due';
  task?: string;
}

export interface Verb {
  /** With its arguments, as commander writes them: `apply [file]`. */
  usage: string;
  says: string;
  options?: Option[];
  run(cli: Cli, args: readonly string[], options: Options): Promise<Outcome>;
}

export interface Noun {
  name: string;
  says: string;
  verbs: Verb[];
}

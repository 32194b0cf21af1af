import { parseArgs } from 'node:util';

export interface StartOptions {
  once: boolean;
  json: boolean;
  keep: boolean;
  seed: number;
  /** `whatsapp:drop-all-sends`, `ehr:ignore-writes`: armed before the main job begins. */
  faults: { standIn: 'ehr' | 'whatsapp'; name: string }[];
}

export const USAGE = `Usage: npm start -- [options]

  --once           play the main job once, then stop; exit code 0 only if every step held
  --json           one JSON document on stdout (with --once); use npm start --silent
  --seed N         other names, times and answers (default 1)
  --keep           bring up the last sandbox again instead of a new one
  --fault X:NAME   arm a fault of a stand-in first, for example whatsapp:drop-all-sends or ehr:ignore-writes
  --help           this text
`;

export class UsageError extends Error {}

/** Reads the command line. Throws UsageError with words for the person. */
export function readOptions(argv: string[]): StartOptions | 'help' {
  const { values } = parse(argv);
  if (values.help) return 'help';
  const seed = Number(values.seed ?? '1');
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError('--seed must be a whole number from 0 up.');
  return {
    once: values.once ?? false,
    json: values.json ?? false,
    keep: values.keep ?? false,
    seed,
    faults: (values.fault ?? []).map(readFault),
  };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        once: { type: 'boolean' },
        json: { type: 'boolean' },
        keep: { type: 'boolean' },
        seed: { type: 'string' },
        fault: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readFault(text: string): StartOptions['faults'][number] {
  const [standIn, name] = text.split(':');
  if ((standIn === 'ehr' || standIn === 'whatsapp') && name) return { standIn, name };
  throw new UsageError(`--fault ${text} must be ehr:NAME or whatsapp:NAME.`);
}

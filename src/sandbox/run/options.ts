import { parseArgs } from 'node:util';
import { isVendorName, VENDOR_NAMES, type VendorName } from './vendors.js';

export interface StartOptions {
  once: boolean;
  json: boolean;
  keep: boolean;
  seed: number;
  /** `whatsapp:drop-all-sends`, `ehr:ignore-writes`: armed before the main job begins. */
  faults: { standIn: 'ehr' | 'whatsapp'; name: string }[];
  /** Whose EHR a hospital has, by its slug; the others keep their usual one. */
  vendors: Record<string, VendorName>;
}

export const USAGE = `Usage: npm start -- [options]

  --once           play the main job once, then stop; exit code 0 only if every step held
  --json           one JSON document on stdout (with --once); use npm start --silent
  --seed N         other names, times and answers (default 1)
  --keep           bring up the last sandbox again instead of a new one
  --ehr H=VENDOR   give a hospital (st-marys, harbour) another vendor's EHR: ${VENDOR_NAMES.join(', ')}
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
    vendors: Object.fromEntries((values.ehr ?? []).map(readVendor)),
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
        ehr: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readVendor(text: string): [slug: string, vendor: VendorName] {
  const [slug, vendor] = text.split('=');
  if (slug && isVendorName(vendor)) return [slug, vendor];
  throw new UsageError(`--ehr ${text} must be a hospital and one of ${VENDOR_NAMES.join(', ')}.`);
}

function readFault(text: string): StartOptions['faults'][number] {
  const [standIn, name] = text.split(':');
  if ((standIn === 'ehr' || standIn === 'whatsapp') && name) return { standIn, name };
  throw new UsageError(`--fault ${text} must be ehr:NAME or whatsapp:NAME.`);
}

import type { Settings } from '../../../platform/config/settings.js';
import { ConfigurationFault } from '../../../platform/config/settings.js';
import { databaseChecks } from '../doctor/database-checks.js';
import { bad, type Finding, good, unseen } from '../doctor/finding.js';
import { keyringFiles } from '../doctor/keyring-checks.js';
import { productChecks } from '../doctor/product-checks.js';
import { EXIT, failureOf } from '../exit-codes.js';
import type { Installation } from '../installation.js';
import { table } from '../table.js';
import type { Cli, Outcome, Verb } from '../verb.js';
import type { Server } from '../database/server.js';

export const doctor: Verb = {
  usage: 'doctor',
  says: 'look at everything that must be well, and say what to do where it is not; change nothing',
  run: examine,
};

async function examine({ installation }: Cli): Promise<Outcome> {
  const settings = settingsOf(installation);
  if ('findings' in settings) return outcomeOf(settings.findings, EXIT.configuration);
  const findings = [
    good('configuration', 'The environment variables are sound.'),
    ...(await look(installation, settings.value)),
  ];
  return outcomeOf(findings, EXIT.findings);
}

function settingsOf(installation: Installation): { value: Settings } | { findings: Finding[] } {
  try {
    return { value: installation.settings() };
  } catch (error) {
    if (!(error instanceof ConfigurationFault)) throw error;
    const remedy = 'Correct the environment variable.';
    return { findings: error.faults.map((fault) => bad('configuration', fault, remedy)) };
  }
}

async function look(installation: Installation, settings: Settings): Promise<Finding[]> {
  return installation.server(async (server) => {
    const outside = [...(await databaseChecks(settings, server)), ...(await keyringFiles(settings.keyring))];
    const because = outside.find(({ check, state }) => state === 'broken' && NEEDED.has(check));
    if (because) return [...outside, unseen('product', `${because.check} comes first`)];
    return [...outside, ...(await lookInside(installation, server))];
  });
}

/** Without these the modules do not start, or would be at odds with a database of another version. */
const NEEDED = new Set([
  'database.reachable',
  'database.login',
  'database.sessions',
  'database.migrations',
  'jobs.visible',
  'keyring.files',
]);

async function lookInside(installation: Installation, server: Server): Promise<Finding[]> {
  const settings = installation.settings();
  try {
    return await installation.productOn(server, (product) => productChecks(product, settings));
  } catch (error) {
    const { code, words } = failureOf(error);
    return [bad('product', `The product does not start (${code}).`, words.join(' '))];
  }
}

function outcomeOf(
  findings: readonly Finding[],
  exit: typeof EXIT.configuration | typeof EXIT.findings,
): Outcome {
  const ok = findings.every(({ state }) => state === 'ok');
  const rows = findings.flatMap(({ check, state, finding, remedy }) => [
    [state, check, finding],
    ...(remedy === null ? [] : [['', '', `→ ${remedy}`]]),
  ]);
  return {
    exit: ok ? EXIT.ok : exit,
    document: { ok, findings },
    lines: table(['STATE', 'CHECK', 'FINDING'], rows),
  };
}
